import type { Conversion } from '@waybill/shared/conversion';
import { toCountryCode } from './country.ts';
import { cleanText, hashOf, type RawPerson, splitEmail } from './person.ts';
import { toE164 } from './phone.ts';
import { usStateCodes } from './us-states.ts';

// Meta's customer information parameters: https://developers.facebook.com/docs/marketing-api/conversions-api/parameters/customer-information-parameters
const notLetters = /[^\p{L}\p{M}\p{N}]/gu;

const lettersOnly = (plain: string): string => plain.replace(notLetters, '');

/** Lower case without surrounding white space. */
export function normaliseEmail(plain: string): string | null {
  const parts = splitEmail(plain);
  return parts === null ? null : `${parts.mailbox}@${parts.domain}`;
}

/** Lower case without punctuation, in any script. */
export const normaliseName = lettersOnly;

/** Lower case without spaces and punctuation. */
export const normaliseCity = lettersOnly;

/** The two-letter code in the United States, elsewhere the name without spaces and punctuation. */
export const normaliseState = (plain: string, country: string | null): string =>
  (country === 'US' ? usStateCodes.get(plain.replace(/\s+/g, ' ')) : undefined) ?? lettersOnly(plain);

/** Five digits in the United States; elsewhere lower case without spaces and dashes. */
export function normaliseZip(plain: string, country: string | null): string {
  const zip = plain.replace(/[\s-]/g, '');
  return country === 'US' ? zip.slice(0, 5) : zip;
}

/** Digits only, country code first, without leading zeros. */
export const normalisePhone = (plain: string, country: string | null): string | null =>
  toE164(plain, country)?.replace(/^\+0*/, '') ?? null;

/** Everything Meta matches a person by, each SHA-256 of its normal form; what is unknown is left out. */
export function toFacebookPerson(person: RawPerson): Conversion['person'] {
  const country = toCountryCode(person.country);
  const fields = {
    firstName: hashOf(person.firstName, normaliseName),
    lastName: hashOf(person.lastName, normaliseName),
    city: hashOf(person.city, normaliseCity),
    state: hashOf(person.state, (plain) => normaliseState(plain, country)),
    zip: hashOf(person.zip, (plain) => normaliseZip(plain, country)),
    country: hashOf(person.country, (plain) => toCountryCode(plain)?.toLowerCase() ?? null),
    // Ours to choose, so its case counts.
    externalId: hashOf(person.externalId, () => cleanText(person.externalId)),
  };
  return {
    email: hashOf(person.email, normaliseEmail),
    phone: hashOf(person.phone, (plain) => normalisePhone(plain, country)),
    ...Object.fromEntries(Object.entries(fields).flatMap(([field, [hash]]) => (hash === undefined ? [] : [[field, hash]]))),
  };
}
