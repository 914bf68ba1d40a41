import { type Conversion, errorOf, type Outcome } from '@waybill/shared/conversion';
import type { AuditRow } from '@waybill/shared/ledger';
import { toMicrosoftClickId } from './click-id.ts';

/** The audit row of a conversion that Microsoft took or that was refused for good: companies' in their own table, all others generic. */
export function toAudit(conversion: Conversion, outcome: Outcome, now: Date): AuditRow {
  const { click, company } = conversion;
  const common = {
    event_id: conversion.eventId,
    clid: click === null ? null : (toMicrosoftClickId(click.id) ?? click.id),
    conversion_type: conversion.conversionType,
    conversion_time: conversion.occurredAt,
    visit_time: click?.clickedAt ?? null,
    error: errorOf(outcome),
    correction: conversion.correction?.kind ?? null,
    date_created: now.toISOString(),
  };
  if (company !== null) return { table: 'bing_conversion', row: { ...common, company } };
  return {
    table: 'generic_conversions',
    row: {
      ...common,
      platform: conversion.platform,
      clid_type: click?.kind ?? null,
      contact: conversion.contact,
      value: conversion.value?.amount ?? null,
      account: conversion.account,
    },
  };
}
