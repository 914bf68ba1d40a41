import type { Conversion } from '@waybill/shared/conversion';
import type { Mapped } from '@waybill/shared/sender';

/** Where Meta lets an event happen. https://developers.facebook.com/docs/marketing-api/conversions-api/parameters/server-event#action-source */
export const actionSources = ['email', 'website', 'phone_call', 'chat', 'physical_store', 'system_generated', 'other'] as const;
export type ActionSource = (typeof actionSources)[number];

/** One event of the Conversions API, as our adapter hands it to the SDK. https://developers.facebook.com/docs/marketing-api/conversions-api/parameters */
export interface FacebookEvent {
  eventName: string;
  eventId: string;
  /** Unix seconds. */
  eventTime: number;
  actionSource: ActionSource;
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
    /** Digits; they travel as a number too large for one of ours. */
    leadId?: string;
    fbc: string | null;
    fbp: string | null;
    ipAddress: string | null;
    userAgent: string | null;
  };
  value: { amount: number; currency: string } | null;
  /** `off`: said to be none, since the person has granted the use; null: nothing is said, and the pixel's own setting holds. */
  limitedDataUse: { country: number; state: number } | 'off' | null;
  /** What Meta tells events of a shop apart by, as it does others by their event id. */
  orderId: string | null;
  /** The tool that the lead is handled in, where the event is a stage of a lead. */
  leadSource: string | null;
}

const dayMs = 24 * 60 * 60_000;
/** Meta takes what happened in a shop for longer. */
const maxAgeDays = (source: ActionSource): number => (source === 'physical_store' ? 62 : 7);
const maxFbcAgeMs = 90 * dayMs;
const futureToleranceMs = 60_000;
/** Version, subdomain, click time in ms, click id; Meta's parameter builder may add a fifth segment. */
const wellFormedFbc = /^fb\.\d\.\d{13}\.[A-Za-z0-9_-]+(\.[\w-]{2}|\.[\w-]{8})?$/;

const rejected = (code: string, reason: string): Mapped<FacebookEvent> => ({ ok: false, outcome: { kind: 'rejected', code, reason } });

function problemOf(fbc: string, occurredAt: string): string | null {
  if (!wellFormedFbc.test(fbc)) return 'is malformed';
  const ageMs = Date.parse(occurredAt) - Number(fbc.split('.')[2]);
  if (ageMs < 0) return 'is of a click after the event';
  return ageMs > maxFbcAgeMs ? `is of a click more than ${maxFbcAgeMs / dayMs} days before the event` : null;
}

/** The click as Meta's cookie holds it, with the time of the click and the id's case kept. A cookie of no use gives way to the click id. */
function toFbc({ browser, click, occurredAt }: Conversion): { fbc: string | null; problem: string | null } {
  const ofClick = click === null ? null : `fb.1.${Date.parse(click.clickedAt)}.${click.id}`;
  const known = [browser.fbc, ofClick].filter((fbc) => fbc !== null);
  const judged = known.map((fbc) => ({ fbc, problem: problemOf(fbc, occurredAt) }));
  return judged.find(({ problem }) => problem === null) ?? { fbc: null, problem: judged[0]?.problem ?? null };
}

/** What the account says of its events. */
export interface EventManner {
  actionSource?: ActionSource | null | undefined;
  leadSource?: string | null | undefined;
}

/** Meta wants page and browser of a website event; without them, or as a stage of a lead, the event is one of our systems'. */
function actionSourceOf({ browser, person }: Conversion, { actionSource }: EventManner): ActionSource {
  if (person.leadId !== undefined) return 'system_generated';
  if (actionSource && actionSource !== 'website') return actionSource;
  return browser.sourceUrl !== null && browser.userAgent !== null ? 'website' : 'system_generated';
}

const [firstState, lastState] = [1_000, 1_013];

/** Why limited data use cannot be said as it is. Country and state 0 leave the place to Meta, which finds it by the address of the browser. */
function problemOfLimits({ country, state }: { country: number; state: number }, ipAddress: string | null): string | null {
  const isKnown = (country === 0 || country === 1) && (state === 0 || (state >= firstState && state <= lastState));
  if (!isKnown) return `Meta knows no limited data use of country ${country} and state ${state}; give those of its table`;
  if ((country === 0 || state === 0) && ipAddress === null)
    return 'limited data use leaves the place to Meta, which finds it by IP address, and there is none; give country and state';
  return null;
}

function refusalOf(
  { occurredAt, click, consent, action, value, browser }: Conversion,
  now: Date,
  days: number,
): Mapped<FacebookEvent> | null {
  const ageMs = now.getTime() - Date.parse(occurredAt);
  const ageDays = Math.ceil((ageMs / dayMs) * 10) / 10;
  if (ageMs < -futureToleranceMs) return rejected('EVENT_IN_FUTURE', `the event time ${occurredAt} is in the future`);
  if (ageMs > days * dayMs) return rejected('EVENT_TOO_OLD', `the event is ${ageDays} days old; Meta takes those of the last ${days} days`);
  if (click !== null && click.kind !== 'fbclid')
    return rejected('CLICK_OF_ANOTHER_PLATFORM', `the click id is a ${click.kind}; Meta takes an fbclid`);
  // Meta has no field for consent: what is not granted is not sent, and what is not known was decided by eligibility.
  if (consent.adUserData === 'denied') return rejected('CONSENT_DENIED', 'the person denied consent to their data being used for ads');
  const problem = consent.limitedDataUse === null ? null : problemOfLimits(consent.limitedDataUse, browser.ipAddress);
  if (problem !== null) return rejected('LIMITED_DATA_USE_UNCLEAR', problem);
  if (action === 'Purchase' && value === null) return rejected('PURCHASE_WITHOUT_VALUE', 'Meta takes a Purchase only with a value');
  return null;
}

/** Meta refuses an event whose user data holds nothing beyond one of these: it fits too many people. https://developers.facebook.com/docs/marketing-api/conversions-api/best-practices */
const tooBroad = [['city', 'state', 'zip', 'country', 'userAgent'], ['firstName'], ['lastName']];

function isTooBroad(user: FacebookEvent['user']): boolean {
  const known = Object.entries(user).flatMap(([field, value]) => (value === null || value.length === 0 ? [] : [field]));
  return tooBroad.some((fields) => known.every((field) => fields.includes(field)));
}

/** A conversion in Meta's words; `now` only decides whether it may still be sent. */
export function toEvent(conversion: Conversion, now: Date, manner: EventManner = {}): Mapped<FacebookEvent> {
  const actionSource = actionSourceOf(conversion, manner);
  const refusal = refusalOf(conversion, now, maxAgeDays(actionSource));
  if (refusal !== null) return refusal;
  const { browser, person, value, consent } = conversion;
  const { email, phone, firstName, lastName, city, state, zip, country, externalId, leadId } = person;
  const { fbc, problem } = toFbc(conversion);
  const names = { firstName, lastName, city, state, zip, country, externalId, leadId };
  const user: FacebookEvent['user'] = {
    emails: email,
    phones: phone,
    ...Object.fromEntries(Object.entries(names).filter(([, known]) => known !== undefined)),
    fbc,
    fbp: browser.fbp,
    ipAddress: browser.ipAddress,
    userAgent: browser.userAgent,
  };
  if (isTooBroad(user)) {
    if (problem !== null) return rejected('CLICK_ID_UNUSABLE', `the fbc ${problem}, and nothing else tells who the person is`);
    return rejected('TOO_LITTLE_USER_DATA', 'there is no click and no identifier that fits one person');
  }
  return {
    ok: true,
    item: {
      eventName: conversion.action,
      eventId: conversion.eventId,
      eventTime: Math.floor(Date.parse(conversion.occurredAt) / 1_000),
      actionSource,
      sourceUrl: browser.sourceUrl,
      user,
      value: value === null ? null : { amount: Number(value.amount), currency: value.currency },
      limitedDataUse: consent.limitedDataUse ?? (consent.adUserData === 'granted' ? 'off' : null),
      orderId: actionSource === 'physical_store' ? conversion.eventId : null,
      leadSource: leadId === undefined ? null : (manner.leadSource ?? 'Waybill'),
    },
  };
}
