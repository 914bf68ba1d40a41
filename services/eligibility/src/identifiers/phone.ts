import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js';
import { toCountryCode } from './country.ts';

/** A national number is at most as long as this; a longer one without a plus sign begins with its country code. */
const longestNational = 10;
const notDigits = /\D/g;
const internationalPrefix = /^00/;

function readNumber(phone: string, home?: CountryCode): string | null {
  const number = parsePhoneNumberFromString(phone, home);
  // Valid, not only possible in length: what stands in for an unknown number, such as 000 000 0000, is the same for many people.
  return number?.isValid() ? number.number : null;
}

/**
 * A phone number in E.164 with its plus sign, read with the person's country; null where no such number can exist. Without a plus sign and
 * a country that fits, digits that make a valid international number are taken for one.
 */
export function toE164(plain: string, country: string | null): string | null {
  // Full-width digits and signs are the same number.
  const phone = plain.normalize('NFKC');
  if (phone.includes('+')) return readNumber(phone);
  const code = toCountryCode(country);
  const national = code !== null && isSupportedCountry(code) ? readNumber(phone, code) : null;
  if (national !== null) return national;
  const digits = phone.replace(notDigits, '').replace(internationalPrefix, '');
  return digits.length > longestNational ? readNumber(`+${digits}`) : null;
}
