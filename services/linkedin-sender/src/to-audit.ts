import { type Conversion, errorOf, type Outcome } from '@waybill/shared/conversion';
import type { AuditRow } from '@waybill/shared/ledger';

/** The audit row of a conversion that LinkedIn took or that was refused for good. */
export const toAudit = (conversion: Conversion, outcome: Outcome, now: Date): AuditRow => ({
  table: 'generic_conversions',
  row: {
    platform: conversion.platform,
    event_id: conversion.eventId,
    clid: conversion.click?.id ?? null,
    clid_type: conversion.click?.kind ?? null,
    contact: conversion.contact,
    conversion_type: conversion.conversionType,
    conversion_time: conversion.occurredAt,
    visit_time: conversion.click?.clickedAt ?? null,
    value: conversion.value?.amount ?? null,
    account: conversion.account,
    error: errorOf(outcome),
    date_created: now.toISOString(),
  },
});
