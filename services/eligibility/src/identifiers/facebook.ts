import { type Conversion, hashIdentifier } from '@waybill/shared/conversion';
import { type RawPerson, splitEmail } from './person.ts';
import { toE164 } from './phone.ts';

// Meta's customer information parameters: https://developers.facebook.com/docs/marketing-api/conversions-api/parameters/customer-information-parameters
const sha256 = /^[0-9a-f]{64}$/;
const notLetters = /[^\p{L}\p{M}\p{N}]/gu;

const lettersOnly = (text: string): string => text.normalize('NFC').toLowerCase().replace(notLetters, '');

/** Lower case without surrounding white space. */
export function normaliseEmail(email: string): string | null {
  const parts = splitEmail(email);
  return parts === null ? null : `${parts.mailbox}@${parts.domain}`;
}

/** Lower case without punctuation, in any script. */
export const normaliseName = lettersOnly;

/** Lower case without spaces and punctuation. */
export const normaliseCity = lettersOnly;

/** The two-letter code in the United States, elsewhere the name without spaces and punctuation. */
export const normaliseState = lettersOnly;

/** Five digits in the United States; elsewhere lower case without spaces and dashes. */
export function normaliseZip(zip: string, country: string | null): string {
  const plain = zip.normalize('NFC').toLowerCase().replace(/[\s-]/g, '');
  return country?.toUpperCase() === 'US' ? plain.slice(0, 5) : plain;
}

/** Digits only, country code first, without leading zeros. */
export const normalisePhone = (phone: string, country: string | null): string | null =>
  toE164(phone, country)?.replace(/^\+0*/, '') ?? null;

const hashed = (raw: string | null, normalise: (raw: string) => string | null): string | undefined => {
  if (raw === null || raw.trim() === '') return undefined;
  const normal = sha256.test(raw) ? raw : normalise(raw);
  return normal === null || normal === '' ? undefined : hashIdentifier(normal);
};

const listOf = (hash: string | undefined): string[] => (hash === undefined ? [] : [hash]);

/** Everything Meta matches a person by, each SHA-256 of its normal form; what is unknown is left out. */
export function toFacebookPerson(person: RawPerson): Conversion['person'] {
  const fields = {
    firstName: hashed(person.firstName, normaliseName),
    lastName: hashed(person.lastName, normaliseName),
    city: hashed(person.city, normaliseCity),
    state: hashed(person.state, normaliseState),
    zip: hashed(person.zip, (zip) => normaliseZip(zip, person.country)),
    country: hashed(person.country, (country) => country.toLowerCase()),
    externalId: hashed(person.externalId, (id) => id.trim()),
  };
  return {
    email: listOf(hashed(person.email, normaliseEmail)),
    phone: listOf(hashed(person.phone, (phone) => normalisePhone(phone, person.country))),
    ...Object.fromEntries(Object.entries(fields).filter(([, hash]) => hash !== undefined)),
  };
}
