import type { Conversion } from '@waybill/shared/conversion';
import { splitEmail, withoutAlias } from './email.ts';
import { hashesOf, type RawPerson } from './person.ts';
import { toE164 } from './phone.ts';

/** Microsoft's normal form of an address in plain text, without +alias and dots whatever the domain: https://learn.microsoft.com/en-us/advertising/guides/uet-conversion-api-integration */
export function normaliseEmail(plain: string): string | null {
  const email = splitEmail(plain);
  return email === null ? null : withoutAlias(email);
}

/** Microsoft takes one e-mail and one phone, each SHA-256 of its normal form: https://learn.microsoft.com/en-us/advertising/campaign-management-service/offlineconversion */
export const toBingPerson = ({ email, phone, country }: RawPerson): Conversion['person'] => ({
  email: hashesOf(email, normaliseEmail),
  phone: hashesOf(phone, (plain) => toE164(plain, country)),
});
