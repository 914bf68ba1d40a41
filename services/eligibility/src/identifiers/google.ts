import type { Conversion } from '@waybill/shared/conversion';
import { hashOf, type RawPerson, splitEmail } from './person.ts';
import { toE164 } from './phone.ts';

const gmail = new Set(['gmail.com', 'googlemail.com']);

/** Google's normal form of an address in plain text; dots and +suffix go for its own mail domains only: https://developers.google.com/data-manager/api/devguides/concepts/formatting */
export function normaliseEmail(plain: string): string | null {
  const parts = splitEmail(plain);
  if (parts === null) return null;
  if (!gmail.has(parts.domain)) return `${parts.mailbox}@${parts.domain}`;
  const mailbox = parts.mailbox.replace(/\+.*$/, '').replaceAll('.', '');
  return mailbox === '' ? null : `${mailbox}@${parts.domain}`;
}

/**
 * E-mail and phone, each SHA-256 of its normal form. No address: Google takes one only whole, with region and postal code in the clear,
 * and a candidate carries hashes alone.
 */
export const toGooglePerson = ({ email, phone, country }: RawPerson): Conversion['person'] => ({
  email: hashOf(email, normaliseEmail),
  phone: hashOf(phone, (plain) => toE164(plain, country)),
});
