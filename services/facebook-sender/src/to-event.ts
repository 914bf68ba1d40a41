import type { Conversion } from '@waybill/shared/conversion';
import type { Mapped } from '@waybill/shared/sender';

/** One event of the Conversions API, as our adapter hands it to the SDK. https://developers.facebook.com/docs/marketing-api/conversions-api/parameters */
export interface FacebookEvent {
  eventName: string;
  eventId: string;
  /** Unix seconds. */
  eventTime: number;
  actionSource: 'website' | 'system_generated';
  sourceUrl: string | null;
  user: {
    emails: string[];
    phones: string[];
    firstName?: string;
    lastName?: string;
    city?: string;
    state?: string;
    zip?: string;
    country?: string;
    externalId?: string;
    fbc: string | null;
    fbp: string | null;
    ipAddress: string | null;
    userAgent: string | null;
  };
  value: { amount: number; currency: string } | null;
  limitedDataUse: { country: number; state: number } | null;
}

const dayMs = 24 * 60 * 60_000;
const maxAgeDays = 7;
const maxFbcAgeMs = 90 * dayMs;
const futureToleranceMs = 60_000;
/** A fifth segment, of Meta's own parameter builder, may follow. */
const wellFormedFbc = /^fb\.[0-2]\.\d{13}\.[A-Za-z0-9_-]+(\.[\w-]{2}|\.[\w-]{8})?$/;

const rejected = (code: string, reason: string): Mapped<FacebookEvent> => ({ ok: false, outcome: { kind: 'rejected', code, reason } });

/** The click as Meta's cookie would hold it: with the time of the click, the id's case kept; null where it is malformed or of no use. */
export function toFbc({ browser, click, occurredAt }: Conversion): string | null {
  const fbc = browser.fbc ?? (click?.kind === 'fbclid' ? `fb.1.${Date.parse(click.clickedAt)}.${click.id}` : null);
  if (fbc === null || !wellFormedFbc.test(fbc)) return null;
  const ageMs = Date.parse(occurredAt) - Number(fbc.split('.')[2]);
  return ageMs < 0 || ageMs > maxFbcAgeMs ? null : fbc;
}

function refusalOfTime(occurredAt: string, now: Date): Mapped<FacebookEvent> | null {
  const ageMs = now.getTime() - Date.parse(occurredAt);
  if (ageMs < -futureToleranceMs) return rejected('EVENT_IN_FUTURE', `the event time ${occurredAt} is in the future`);
  if (ageMs <= maxAgeDays * dayMs) return null;
  return rejected('EVENT_TOO_OLD', `the event is ${(ageMs / dayMs).toFixed(1)} days old; Meta takes those of the last ${maxAgeDays} days`);
}

/** City, state, zip, country and browser alone fit too many people; Meta refuses an event with nothing else. */
const identifies = ({ emails, phones, externalId, fbc, fbp, firstName, lastName, ipAddress }: FacebookEvent['user']): boolean =>
  emails.length + phones.length > 0 ||
  [externalId, fbc, fbp, ipAddress].some((known) => known !== undefined && known !== null) ||
  (firstName !== undefined && lastName !== undefined);

/** A conversion in Meta's words; `now` only decides whether it may still be sent. */
export function toEvent(conversion: Conversion, now: Date): Mapped<FacebookEvent> {
  const refusal = refusalOfTime(conversion.occurredAt, now);
  if (refusal !== null) return refusal;
  const { browser, click, person, value, consent } = conversion;
  if (click !== null && click.kind !== 'fbclid')
    return rejected('CLICK_OF_ANOTHER_PLATFORM', `the click id is a ${click.kind}; Meta takes an fbclid`);
  const { email, phone, firstName, lastName, city, state, zip, country, externalId } = person;
  const names = { firstName, lastName, city, state, zip, country, externalId };
  const user: FacebookEvent['user'] = {
    emails: email,
    phones: phone,
    ...Object.fromEntries(Object.entries(names).filter(([, known]) => known !== undefined)),
    fbc: toFbc(conversion),
    fbp: browser.fbp,
    ipAddress: browser.ipAddress,
    userAgent: browser.userAgent,
  };
  if (!identifies(user)) return rejected('TOO_LITTLE_USER_DATA', 'there is no click, no identifier and no address to match a person by');
  return {
    ok: true,
    item: {
      eventName: conversion.action,
      eventId: conversion.eventId,
      eventTime: Math.floor(Date.parse(conversion.occurredAt) / 1_000),
      // Meta wants both of a website event; without them the event is one of our systems'.
      actionSource: browser.sourceUrl !== null && browser.userAgent !== null ? 'website' : 'system_generated',
      sourceUrl: browser.sourceUrl,
      user,
      value: value === null ? null : { amount: Number(value.amount), currency: value.currency },
      limitedDataUse: consent.limitedDataUse,
    },
  };
}
