import type { Conversion } from '@waybill/shared/conversion';
import { toCountryCode } from './country.ts';
import { splitEmail } from './email.ts';
import { hashesOf, hashOf, type RawPerson } from './person.ts';
import { toE164 } from './phone.ts';
import { toUsStateCode } from './us-states.ts';

// Meta's customer information parameters: https://developers.facebook.com/docs/marketing-api/conversions-api/parameters/customer-information-parameters
const notLetters = /[^\p{L}\p{M}\p{N}]/gu;
const usZip = /^(\d{5})(?:\d{4})?$/;
const zipPlusFour = /^\d{5}-\d{4}$/;

/** Letters and digits of any script, without spaces and punctuation; so Meta wants names and cities. */
export const lettersOnly = (plain: string): string => plain.replace(notLetters, '').normalize('NFC');

/** Lower case without surrounding white space; aliases and dots stay. */
export function normaliseEmail(plain: string): string | null {
  const email = splitEmail(plain);
  return email === null ? null : `${email.mailbox}@${email.domain}`;
}

/** Digits only, country code first. */
export const normalisePhone = (plain: string, country: string | null): string | null => toE164(plain, country)?.slice(1) ?? null;

/** The two-letter code in the United States, elsewhere the name without spaces and punctuation. */
export function normaliseState(plain: string, country: string | null): string | null {
  const letters = lettersOnly(plain);
  if (country === 'US') return toUsStateCode(letters) ?? null;
  return country === null ? (toUsStateCode(letters) ?? letters) : letters;
}

/** The first five digits in the United States; elsewhere lower case without spaces and dashes. */
export function normaliseZip(plain: string, country: string | null): string | null {
  const zip = lettersOnly(plain);
  const isOfUs = country === 'US' || (country === null && zipPlusFour.test(plain));
  return isOfUs ? (usZip.exec(zip)?.[1] ?? null) : zip;
}

/** Lower case without white space, as Meta's own libraries for browser and server make it: https://github.com/facebook/capi-param-builder */
export const normaliseExternalId = (plain: string): string => plain.replace(/\s+/g, '').normalize('NFC');

/** Everything Meta matches a person by, each SHA-256 of its normal form; what is unknown is left out. */
export function toFacebookPerson(raw: RawPerson): Conversion['person'] {
  const country = toCountryCode(raw.country);
  const person: Conversion['person'] = {
    email: hashesOf(raw.email, normaliseEmail),
    phone: hashesOf(raw.phone, (plain) => normalisePhone(plain, country)),
  };
  const add = (field: Exclude<keyof RawPerson, 'email' | 'phone'>, normalise: (plain: string) => string | null): void => {
    const hash = hashOf(raw[field], normalise);
    if (hash !== undefined) person[field] = hash;
  };
  add('firstName', lettersOnly);
  add('lastName', lettersOnly);
  add('city', lettersOnly);
  add('state', (plain) => normaliseState(plain, country));
  add('zip', (plain) => normaliseZip(plain, country));
  add('country', () => country?.toLowerCase() ?? null);
  add('externalId', normaliseExternalId);
  return person;
}
