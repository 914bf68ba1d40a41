import { type Conversion, errorOf, type Outcome } from '@waybill/shared/conversion';
import type { AuditRow } from '@waybill/shared/ledger';

/** The audit row of a conversion that Meta took or that was refused for good; identifiers stay hashed. */
export function toAudit(conversion: Conversion, outcome: Outcome, now: Date): AuditRow {
  const { browser, click, person } = conversion;
  return {
    table: 'facebook_conversion_v2',
    row: {
      conversion_id: conversion.eventId,
      conversion_type: conversion.conversionType,
      company: conversion.company,
      fbclid: click?.kind === 'fbclid' ? click.id : null,
      conversion_time: conversion.occurredAt,
      visit_time: click?.clickedAt ?? null,
      fbp: browser.fbp,
      external_id: person.externalId ?? null,
      email: person.email[0] ?? null,
      phone_number: person.phone[0] ?? null,
      first_name: person.firstName ?? null,
      last_name: person.lastName ?? null,
      client_id: null,
      ip_address: browser.ipAddress,
      user_agent: browser.userAgent,
      error: errorOf(outcome),
      date_created: now.toISOString(),
    },
  };
}
