import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js';
import { toCountryCode } from './country.ts';

/** A national number is at most as long as this; a longer one without a plus sign begins with its country code. */
const longestNational = 10;

/**
 * A phone number in E.164 with its plus sign, read with the person's country; null where it is not a possible number. Without a plus sign
 * and a country that fits, digits that make a valid international number are taken for one.
 */
export function toE164(phone: string, country: string | null): string | null {
  const code = toCountryCode(country);
  const home = code !== null && isSupportedCountry(code) ? (code as CountryCode) : undefined;
  const parsed = parsePhoneNumberFromString(phone, home);
  if (parsed?.isPossible()) return parsed.number;
  const digits = phone.replace(/\D/g, '');
  if (phone.includes('+') || digits.length <= longestNational || digits.startsWith('0')) return null;
  const international = parsePhoneNumberFromString(`+${digits}`);
  return international?.isValid() ? international.number : null;
}
