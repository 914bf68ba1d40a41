import type { Conversion } from '@waybill/shared/conversion';
import type { Mapped } from '@waybill/shared/sender';

/** One conversion event. https://learn.microsoft.com/linkedin/marketing/integrations/ads-reporting/conversions-api */
export interface LinkedInElement {
  /** Urn of the conversion rule. */
  conversion: string;
  /** Milliseconds since 1970. */
  conversionHappenedAt: number;
  /** The same event id from the Insight Tag counts once. */
  eventId: string;
  conversionValue?: { currencyCode: string; amount: string };
  user: { userIds: { idType: 'SHA256_EMAIL'; idValue: string }[] };
}

const dayMs = 24 * 60 * 60_000;

const rejected = (code: string, reason: string): Mapped<LinkedInElement> => ({ ok: false, outcome: { kind: 'rejected', code, reason } });

/** A conversion in LinkedIn's words; `now` only decides whether it may still be sent. */
export function toElement(conversion: Conversion, now: Date, maxAgeDays: number): Mapped<LinkedInElement> {
  const { occurredAt, person, consent, value } = conversion;
  const ageDays = (now.getTime() - Date.parse(occurredAt)) / dayMs;
  if (ageDays < 0) return rejected('CONVERSION_IN_FUTURE', `the conversion time ${occurredAt} is in the future`);
  if (ageDays > maxAgeDays) {
    const reason = `the conversion is ${ageDays.toFixed(1)} days old; LinkedIn takes those of the last ${maxAgeDays} days`;
    return rejected('CONVERSION_TOO_OLD', reason);
  }
  // LinkedIn has no field for consent: what is not granted is not sent, and what is not known was decided by eligibility.
  if (consent.adUserData === 'denied') return rejected('CONSENT_DENIED', 'the person denied consent to their data being used for ads');
  const [email] = person.email;
  if (email === undefined) return rejected('NO_MATCH_IDENTIFIER', 'there is no hashed e-mail, by which LinkedIn finds the member');
  return {
    ok: true,
    item: {
      conversion: `urn:lla:llaPartnerConversion:${conversion.action}`,
      conversionHappenedAt: Date.parse(occurredAt),
      eventId: conversion.eventId,
      ...(value === null ? {} : { conversionValue: { currencyCode: value.currency, amount: value.amount } }),
      user: { userIds: [{ idType: 'SHA256_EMAIL', idValue: email }] },
    },
  };
}
