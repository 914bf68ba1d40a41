import { describe, expect, it } from '@jest/globals';
import { buildConversion } from '@waybill/shared/testing';
import { toAudit } from './to-audit.ts';

const now = new Date('2026-11-20T12:00:00.000Z');
const hash = (letter: string): string => letter.repeat(64);
const click = { kind: 'fbclid', id: 'IwAR0', clickedAt: '2026-11-18T09:00:00.000Z' };
const delivered = { kind: 'delivered', reference: 'trace1' } as const;
const facebook = { platform: 'facebook', account: '1459709444231724', conversionType: 'facebook.paid', click };

describe('The audit', () => {
  it('writes a conversion with the identifiers that were sent', () => {
    const conversion = buildConversion({
      ...facebook,
      company: 42,
      browser: { fbp: 'fb.1.2.3', fbc: null, ipAddress: '203.0.113.7', userAgent: 'Mozilla/5.0', sourceUrl: null },
      person: { email: [hash('a')], phone: [hash('b')], firstName: hash('c'), lastName: hash('d'), externalId: hash('e') },
    });
    expect(toAudit(conversion, delivered, now)).toEqual({
      table: 'facebook_conversion_v2',
      row: {
        conversion_id: conversion.eventId,
        conversion_type: 'facebook.paid',
        company: 42,
        fbclid: 'IwAR0',
        conversion_time: '2026-11-19T10:00:00.000Z',
        visit_time: '2026-11-18T09:00:00.000Z',
        fbp: 'fb.1.2.3',
        external_id: hash('e'),
        email: hash('a'),
        phone_number: hash('b'),
        first_name: hash('c'),
        last_name: hash('d'),
        client_id: null,
        ip_address: '203.0.113.7',
        user_agent: 'Mozilla/5.0',
        error: null,
        date_created: '2026-11-20T12:00:00.000Z',
      },
    });
  });

  it("writes a contact's conversion into the same table, and why it was refused", () => {
    const conversion = buildConversion({ ...facebook, company: null, contact: 7 });
    const { table, row } = toAudit(conversion, { kind: 'rejected', code: '100/2804003', reason: 'too old' }, now);
    expect(table).toBe('facebook_conversion_v2');
    expect(row).toMatchObject({ company: null, email: null, fbp: null, error: '100/2804003: too old' });
  });

  it.each([
    ['no click', null, { fbclid: null, visit_time: null }],
    ['a click of another platform', { ...click, kind: 'gclid' }, { fbclid: null, visit_time: click.clickedAt }],
  ])('names no fbclid for %s', (_, given, expected) => {
    expect(toAudit(buildConversion({ ...facebook, click: given }), delivered, now).row).toMatchObject(expected);
  });
});
