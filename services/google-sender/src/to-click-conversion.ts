import type { GoogleEvent } from './to-event.ts';

/** A ClickConversion of the Google Ads API. https://developers.google.com/google-ads/api/reference/rpc/latest/ClickConversion */
export interface ClickConversion {
  conversion_action: string;
  conversion_date_time: string;
  order_id: string;
  gclid?: string;
  wbraid?: string;
  gbraid?: string;
  conversion_value?: number;
  currency_code?: string;
  user_identifiers?: ({ hashed_email: string } | { hashed_phone_number: string })[];
  consent?: { ad_user_data: 'GRANTED' | 'DENIED' };
}

const mostIdentifiers = 5;

/** `yyyy-mm-dd hh:mm:ss+00:00`; the API knows no fractions of a second. */
const toDateTime = (seconds: number): string => `${new Date(seconds * 1_000).toISOString().slice(0, 19).replace('T', ' ')}+00:00`;

/** The same conversion in the words of the Google Ads API; the consent to personalisation has no field there. */
export function toClickConversion(account: string, event: GoogleEvent): ClickConversion {
  const identifiers = (event.userData?.userIdentifiers ?? [])
    .slice(0, mostIdentifiers)
    .map((identifier) =>
      'emailAddress' in identifier ? { hashed_email: identifier.emailAddress } : { hashed_phone_number: identifier.phoneNumber },
    );
  const consent = event.consent?.adUserData;
  return {
    conversion_action: `customers/${account}/conversionActions/${event.action}`,
    conversion_date_time: toDateTime(event.eventTimestamp.seconds),
    order_id: event.transactionId,
    ...event.adIdentifiers,
    ...(event.conversionValue === undefined ? {} : { conversion_value: event.conversionValue }),
    ...(event.currency === undefined ? {} : { currency_code: event.currency }),
    ...(identifiers.length === 0 ? {} : { user_identifiers: identifiers }),
    ...(consent === undefined
      ? {}
      : { consent: { ad_user_data: consent === 'CONSENT_GRANTED' ? ('GRANTED' as const) : ('DENIED' as const) } }),
  };
}
