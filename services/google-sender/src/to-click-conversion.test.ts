import { expect, it } from '@jest/globals';
import { buildConversion } from '@waybill/shared/testing';
import { toClickConversion } from './to-click-conversion.ts';
import { toEvent } from './to-event.ts';

it('says the same in the words of the Google Ads API', () => {
  const hash = 'a'.repeat(64);
  const conversion = buildConversion({ person: { email: [hash], phone: [hash] }, occurredAt: '2026-11-19T10:00:00.900Z' });
  const event = toEvent(conversion, new Date('2026-11-20T00:00:00Z'), 90);
  expect(event.ok && toClickConversion('3625606301', event.item)).toEqual({
    conversion_action: 'customers/3625606301/conversionActions/987650001',
    conversion_date_time: '2026-11-19 10:00:00+00:00',
    order_id: conversion.eventId,
    gclid: conversion.click?.id,
    conversion_value: 12.34,
    currency_code: 'USD',
    user_identifiers: [{ hashed_email: hash }, { hashed_phone_number: hash }],
    consent: { ad_user_data: 'GRANTED' },
  });
});
