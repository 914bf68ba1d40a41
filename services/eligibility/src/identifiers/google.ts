import { type Conversion, hashIdentifier } from '@waybill/shared/conversion';
import type { RawPerson } from './person.ts';
import { splitEmail } from './person.ts';
import { toE164 } from './phone.ts';

const gmail = new Set(['gmail.com', 'googlemail.com']);
const sha256 = /^[0-9a-f]{64}$/;

/** Google's normal form; dots and +suffix go for its own mail domains only: https://developers.google.com/data-manager/api/devguides/concepts/formatting */
export function normaliseEmail(email: string): string | null {
  if (sha256.test(email)) return email;
  const parts = splitEmail(email);
  if (parts === null) return null;
  const mailbox = gmail.has(parts.domain) ? parts.mailbox.replace(/\+.*$/, '').replaceAll('.', '') : parts.mailbox;
  return `${mailbox}@${parts.domain}`;
}

/** Google takes e-mail and phone beside a click: each SHA-256 of its normal form. */
export function toGooglePerson(person: RawPerson): Conversion['person'] {
  const email = person.email === null ? null : normaliseEmail(person.email);
  const phone = person.phone === null ? null : toE164(person.phone, person.country);
  return { email: email === null ? [] : [hashIdentifier(email)], phone: phone === null ? [] : [hashIdentifier(phone)] };
}
