import type { Conversion } from '@waybill/shared/conversion';
import { hashOf, type RawPerson, splitEmail } from './person.ts';
import { toE164 } from './phone.ts';

/** Microsoft's normal form of an address in plain text: without the +alias and the dots of the mailbox, whatever the domain. */
export function normaliseEmail(plain: string): string | null {
  const parts = splitEmail(plain);
  const mailbox = parts?.mailbox.replace(/\+.*$/, '').replaceAll('.', '') ?? '';
  return parts === null || mailbox === '' ? null : `${mailbox}@${parts.domain}`;
}

/** Microsoft takes one e-mail and one phone: each SHA-256 of its normal form. */
export const toBingPerson = ({ email, phone, country }: RawPerson): Conversion['person'] => ({
  email: hashOf(email, normaliseEmail),
  phone: hashOf(phone, (plain) => toE164(plain, country)),
});
