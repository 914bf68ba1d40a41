import type { Conversion } from '@waybill/shared/conversion';
import type { Mapped } from '@waybill/shared/sender';
import { toMicrosoftClickId } from './click-id.ts';

/**
 * One row of ApplyOfflineConversions; it has no field for an order id or for consent.
 * https://learn.microsoft.com/advertising/campaign-management-service/offlineconversion
 */
export interface OfflineConversion {
  MicrosoftClickId?: string;
  ConversionName: string;
  /** UTC, with its zone. */
  ConversionTime: string;
  ConversionValue?: number;
  ConversionCurrencyCode?: string;
  HashedEmailAddress?: string;
  HashedPhoneNumber?: string;
}

const dayMs = 24 * 60 * 60_000;

const rejected = (code: string, reason: string): Mapped<OfflineConversion> => ({ ok: false, outcome: { kind: 'rejected', code, reason } });

function refusalOfTime({ occurredAt, click }: Conversion, now: Date, maxAgeDays: number): Mapped<OfflineConversion> | null {
  const occurredMs = Date.parse(occurredAt);
  const ageDays = (now.getTime() - occurredMs) / dayMs;
  if (ageDays < 0) return rejected('CONVERSION_IN_FUTURE', `the conversion time ${occurredAt} is in the future`);
  if (ageDays > maxAgeDays) {
    return rejected(
      'CONVERSION_TOO_OLD',
      `the conversion is ${ageDays.toFixed(1)} days old; Microsoft takes those of the last ${maxAgeDays} days`,
    );
  }
  if (click !== null && occurredMs <= Date.parse(click.clickedAt)) {
    return rejected('CONVERSION_BEFORE_CLICK', `the conversion time ${occurredAt} is not after the click at ${click.clickedAt}`);
  }
  return null;
}

/**
 * A conversion in Microsoft's words. `now` only decides whether it may still be sent: Microsoft knows a duplicate by its identical click,
 * name, time and hashes, so that nothing in the row may differ from one attempt to the next.
 */
export function toOfflineConversion(conversion: Conversion, now: Date, maxAgeDays: number): Mapped<OfflineConversion> {
  const { click, person, value } = conversion;
  if (click !== null && click.kind !== 'msclkid') {
    return rejected('CLICK_OF_ANOTHER_PLATFORM', `the click id is a ${click.kind}; Microsoft takes an msclkid`);
  }
  const clickId = click === null ? null : toMicrosoftClickId(click.id);
  if (click !== null && clickId === null) return rejected('CLICK_ID_MALFORMED', 'the msclkid is not 32 hex digits');
  const [email] = person.email;
  const [phone] = person.phone;
  if (clickId === null && email === undefined && phone === undefined) {
    return rejected('NO_MATCH_IDENTIFIER', 'there is no msclkid and no hashed e-mail or phone; Microsoft needs one of them');
  }
  if (value !== null && Number(value.amount) < 0) return rejected('VALUE_NEGATIVE', 'the value is negative; Microsoft takes values from 0');
  const refusal = refusalOfTime(conversion, now, maxAgeDays);
  if (refusal !== null) return refusal;

  return {
    ok: true,
    item: {
      ...(clickId === null ? {} : { MicrosoftClickId: clickId }),
      ConversionName: conversion.action,
      ConversionTime: conversion.occurredAt,
      ...(value === null ? {} : { ConversionValue: Number(value.amount), ConversionCurrencyCode: value.currency }),
      ...(email === undefined ? {} : { HashedEmailAddress: email }),
      ...(phone === undefined ? {} : { HashedPhoneNumber: phone }),
    },
  };
}
