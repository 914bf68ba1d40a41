import type { Conversion } from '@waybill/shared/conversion';
import type { Mapped } from '@waybill/shared/sender';

/** One event of the Data Manager API, beside the action it is for. https://developers.google.com/data-manager/api/reference/rest/v1/Event */
export interface GoogleEvent {
  /** Numeric id of the conversion action: the request's destination. */
  action: string;
  transactionId: string;
  eventTimestamp: { seconds: number; nanos: number };
  eventSource: 'WEB';
  adIdentifiers?: { gclid?: string; wbraid?: string; gbraid?: string };
  userData?: { userIdentifiers: ({ emailAddress: string } | { phoneNumber: string })[] };
  consent?: { adUserData?: ConsentStatus; adPersonalization?: ConsentStatus };
  conversionValue?: number;
  currency?: string;
}

type ConsentStatus = 'CONSENT_GRANTED' | 'CONSENT_DENIED';

const dayMs = 24 * 60 * 60_000;
const clickKinds = new Set(['gclid', 'wbraid', 'gbraid']);
/** https://developers.google.com/data-manager/api/reference/rest/v1/UserData */
const mostIdentifiers = 10;

const rejected = (code: string, reason: string): Mapped<GoogleEvent> => ({ ok: false, outcome: { kind: 'rejected', code, reason } });

function refusalOf(conversion: Conversion, now: Date, maxAgeDays: number): Mapped<GoogleEvent> | null {
  const { click, person, occurredAt, value, correction } = conversion;
  const ageDays = (now.getTime() - Date.parse(occurredAt)) / dayMs;
  if (ageDays < 0) return rejected('CONVERSION_IN_FUTURE', `the conversion time ${occurredAt} is in the future`);
  if (ageDays > maxAgeDays) {
    return rejected(
      'CONVERSION_TOO_OLD',
      `the conversion is ${ageDays.toFixed(1)} days old; Google takes those of the last ${maxAgeDays} days`,
    );
  }
  if (correction?.kind === 'restatement' && value === null) return rejected('VALUE_MISSING', 'a restatement needs a value');
  if (click !== null && !clickKinds.has(click.kind)) {
    return rejected('CLICK_OF_ANOTHER_PLATFORM', `the click id is a ${click.kind}; Google takes gclid, wbraid or gbraid`);
  }
  if (click !== null && !/^[A-Za-z0-9_-]{10,}$/.test(click.id)) {
    return rejected('CLICK_ID_MALFORMED', `the ${click.kind} is cut off or has characters that Google's click ids have not`);
  }
  if (click !== null && Date.parse(click.clickedAt) >= Date.parse(occurredAt)) {
    return rejected('CONVERSION_BEFORE_CLICK', `the conversion time ${occurredAt} is not after the click at ${click.clickedAt}`);
  }
  if (click === null && person.email.length + person.phone.length === 0) {
    return rejected('NO_MATCH_IDENTIFIER', 'there is no click id and no hashed e-mail or phone; Google needs one of them');
  }
  return null;
}

function toTimestamp(instant: string): GoogleEvent['eventTimestamp'] {
  const ms = Date.parse(instant);
  return { seconds: Math.floor(ms / 1_000), nanos: (ms % 1_000) * 1_000_000 };
}

const statuses = { granted: 'CONSENT_GRANTED', denied: 'CONSENT_DENIED', unknown: undefined } as const;

/** An unknown consent is left out: it is Google's to judge, never ours to presume. */
function toConsent({ adUserData, adPersonalization }: Conversion['consent']): GoogleEvent['consent'] {
  const [data, personal] = [statuses[adUserData], statuses[adPersonalization]];
  if (data === undefined && personal === undefined) return undefined;
  return { ...(data === undefined ? {} : { adUserData: data }), ...(personal === undefined ? {} : { adPersonalization: personal }) };
}

/** A conversion in Google's words; `now` only decides whether it may still be sent. */
export function toEvent(conversion: Conversion, now: Date, maxAgeDays: number): Mapped<GoogleEvent> {
  const refusal = refusalOf(conversion, now, maxAgeDays);
  if (refusal !== null) return refusal;
  const { click, person, value } = conversion;
  const emails = person.email.map((emailAddress) => ({ emailAddress }));
  const phones = person.phone.map((phoneNumber) => ({ phoneNumber }));
  // wbraid and gbraid stand for a person who must not be identified: Google refuses identifiers beside them.
  const identifiers = click === null || click.kind === 'gclid' ? [...emails, ...phones].slice(0, mostIdentifiers) : [];
  const consent = toConsent(conversion.consent);
  return {
    ok: true,
    item: {
      action: conversion.action,
      // Data Manager takes a known transaction id with another value as its restatement.
      transactionId: conversion.correction?.of ?? conversion.eventId,
      eventTimestamp: toTimestamp(conversion.occurredAt),
      eventSource: 'WEB',
      ...(click === null ? {} : { adIdentifiers: { [click.kind]: click.id } }),
      ...(identifiers.length === 0 ? {} : { userData: { userIdentifiers: identifiers } }),
      ...(consent === undefined ? {} : { consent }),
      ...(value === null ? {} : { conversionValue: Number(value.amount), currency: value.currency }),
    },
  };
}
