import { spellingsOf, toCountryCode } from '../identifiers/country.ts';
import { plainText } from '../identifiers/person.ts';
import { usStateCodes } from '../identifiers/us-states.ts';

/** The European Economic Area, the United Kingdom and Switzerland: https://www.google.com/about/company/user-consent-policy/ */
const codes = [
  ...['AT', 'BE', 'BG', 'HR', 'CY', 'CZ', 'DK', 'EE', 'FI', 'FR', 'DE', 'GR', 'HU', 'IE', 'IT', 'LV', 'LT', 'LU', 'MT', 'NL', 'PL', 'PT'],
  ...['RO', 'SK', 'SI', 'ES', 'SE', 'IS', 'LI', 'NO', 'GB', 'CH'],
];

/** Where a grant is needed: every spelling of those countries that is known, in lower case. */
export const grantNeededIn: readonly string[] = codes.flatMap(spellingsOf);

const unitedStates = 1;
/** Meta's codes of the states whose residents get limited data use: https://developers.facebook.com/docs/marketing-apis/data-processing-options */
const limitedDataUseStates: Record<string, number> = {
  ...{ CA: 1000, CO: 1001, CT: 1002, FL: 1003, OR: 1004, TX: 1005, MT: 1006 },
  ...{ DE: 1007, NE: 1008, NH: 1009, NJ: 1010, MN: 1011, MD: 1012, RI: 1013 },
};

/** Limited data use for a resident of one of those states; null elsewhere. */
export function limitedDataUseOf(country: string | null, state: string | null): { country: number; state: number } | null {
  if (toCountryCode(country) !== 'US') return null;
  const name = plainText(state)?.replace(/\s+/g, ' ') ?? '';
  const code = limitedDataUseStates[(usStateCodes.get(name) ?? name).toUpperCase()];
  return code === undefined ? null : { country: unitedStates, state: code };
}
