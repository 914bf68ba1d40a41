import type { Conversion } from '@waybill/shared/conversion';
import { splitEmail, withoutAlias } from './email.ts';
import { hashesOf, type RawPerson } from './person.ts';
import { toE164 } from './phone.ts';

const gmail = new Set(['gmail.com', 'googlemail.com']);

/** Google's normal form of an address in plain text; dots and +alias go for its own mail domains only: https://developers.google.com/data-manager/api/devguides/concepts/formatting */
export function normaliseEmail(plain: string): string | null {
  const email = splitEmail(plain);
  if (email === null) return null;
  return gmail.has(email.domain) ? withoutAlias(email) : `${email.mailbox}@${email.domain}`;
}

/**
 * E-mail and phone, each SHA-256 of its normal form. No address: Google takes one only whole, with region and postal code in the clear,
 * and a candidate carries hashes alone.
 */
export const toGooglePerson = ({ email, phone, country }: RawPerson): Conversion['person'] => ({
  email: hashesOf(email, normaliseEmail),
  phone: hashesOf(phone, (plain) => toE164(plain, country)),
});
