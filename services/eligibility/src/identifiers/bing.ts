import { type Conversion, hashIdentifier } from '@waybill/shared/conversion';
import type { RawPerson } from './person.ts';
import { splitEmail } from './person.ts';
import { toE164 } from './phone.ts';

const sha256 = /^[0-9a-f]{64}$/;

/** Microsoft's normal form: without the +alias and the dots of the mailbox, whatever the domain. */
export function normaliseEmail(email: string): string | null {
  if (sha256.test(email)) return email;
  const parts = splitEmail(email);
  return parts === null ? null : `${parts.mailbox.replace(/\+.*$/, '').replaceAll('.', '')}@${parts.domain}`;
}

/** Microsoft takes one e-mail and one phone: each SHA-256 of its normal form. */
export function toBingPerson(person: RawPerson): Conversion['person'] {
  const email = person.email === null ? null : normaliseEmail(person.email);
  const phone = person.phone === null ? null : toE164(person.phone, person.country);
  return { email: email === null ? [] : [hashIdentifier(email)], phone: phone === null ? [] : [hashIdentifier(phone)] };
}
