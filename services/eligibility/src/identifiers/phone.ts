import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js';

const sha256 = /^[0-9a-f]{64}$/;

/** A phone number in E.164 with its plus sign, read with the person's country; null where it is not a possible number. One that is hashed already passes. */
export function toE164(phone: string, country: string | null): string | null {
  if (sha256.test(phone)) return phone;
  const home = country !== null && isSupportedCountry(country) ? (country as CountryCode) : undefined;
  const parsed = parsePhoneNumberFromString(phone.normalize('NFC'), home);
  return parsed?.isPossible() ? parsed.number : null;
}
