import { describe, expect, it } from '@jest/globals';
import { buildConversion } from '@waybill/shared/testing';
import { toAudit } from './to-audit.ts';

const now = new Date('2026-11-20T12:00:00.000Z');
const clickId = 'f894f652ea334e739002f7167ab8f8e3';
const click = { kind: 'msclkid', id: `_uet${clickId}`, clickedAt: '2026-11-18T09:00:00.000Z' };
const delivered = { kind: 'delivered', reference: 'tracking-1' } as const;
const rejected = { kind: 'rejected', code: '5604', reason: 'no such form' } as const;
const bing = { platform: 'bing', account: '140000001', conversionType: 'bing.paid', click };

describe('The audit', () => {
  it("writes a company's conversion with the click id that was sent", () => {
    const conversion = buildConversion({ ...bing, company: 42 });
    expect(toAudit(conversion, delivered, now)).toEqual({
      table: 'bing_conversion',
      row: {
        event_id: conversion.eventId,
        correction: null,
        clid: clickId,
        company: 42,
        conversion_type: 'bing.paid',
        conversion_time: '2026-11-19T10:00:00.000Z',
        visit_time: '2026-11-18T09:00:00.000Z',
        error: null,
        date_created: '2026-11-20T12:00:00.000Z',
      },
    });
  });

  it("writes a contact's conversion into the generic table", () => {
    const conversion = buildConversion({ ...bing, company: null, contact: 7 });
    expect(toAudit(conversion, rejected, now)).toEqual({
      table: 'generic_conversions',
      row: {
        platform: 'bing',
        event_id: conversion.eventId,
        correction: null,
        clid: clickId,
        clid_type: 'msclkid',
        contact: 7,
        conversion_type: 'bing.paid',
        conversion_time: '2026-11-19T10:00:00.000Z',
        visit_time: '2026-11-18T09:00:00.000Z',
        value: '12.34',
        account: '140000001',
        error: '5604: no such form',
        date_created: '2026-11-20T12:00:00.000Z',
      },
    });
  });

  it('writes what was there: a malformed click id as it came, no click as none', () => {
    const malformed = buildConversion({ ...bing, click: { ...click, id: 'invalid-click-id' } });
    expect(toAudit(malformed, rejected, now).row).toMatchObject({ clid: 'invalid-click-id' });
    const clickless = buildConversion({ ...bing, click: null, value: null, company: null });
    expect(toAudit(clickless, delivered, now).row).toMatchObject({ clid: null, clid_type: null, visit_time: null, value: null });
  });
});
