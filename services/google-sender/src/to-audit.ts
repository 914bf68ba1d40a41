import { type Conversion, errorOf, type Outcome } from '@waybill/shared/conversion';
import type { AuditRow } from '@waybill/shared/ledger';

/** The audit row of a conversion that Google took or that was refused for good: companies' in their own table, all others generic. */
export function toAudit(conversion: Conversion, outcome: Outcome, now: Date): AuditRow {
  const { click, company } = conversion;
  const common = {
    event_id: conversion.eventId,
    clid: click?.id ?? null,
    clid_type: click?.kind ?? null,
    conversion_type: conversion.conversionType,
    conversion_time: conversion.occurredAt,
    visit_time: click?.clickedAt ?? null,
    value: conversion.value?.amount ?? null,
    error: errorOf(outcome),
    correction: conversion.correction?.kind ?? null,
    date_created: now.toISOString(),
  };
  if (company !== null) {
    const ofGoogle = { company, conversion_type_id: conversion.action, google_ads_account_id: conversion.account };
    return { table: 'google_conversion', row: { ...common, ...ofGoogle } };
  }
  return { table: 'generic_conversions', row: { ...common, platform: 'google', contact: conversion.contact, account: conversion.account } };
}
