/** The European Economic Area, the United Kingdom and Switzerland: https://www.google.com/about/company/user-consent-policy/ */
export const grantNeededIn = [
  ...['AT', 'BE', 'BG', 'HR', 'CY', 'CZ', 'DK', 'EE', 'FI', 'FR', 'DE', 'GR', 'HU', 'IE', 'IT', 'LV', 'LT', 'LU', 'MT', 'NL', 'PL', 'PT'],
  ...['RO', 'SK', 'SI', 'ES', 'SE', 'IS', 'LI', 'NO', 'GB', 'CH'],
];

const unitedStates = 1;
/** Meta's codes of the states whose residents get limited data use: https://developers.facebook.com/docs/marketing-apis/data-processing-options */
const limitedDataUseStates: Record<string, number> = {
  ...{ CA: 1000, CO: 1001, CT: 1002, FL: 1003, OR: 1004, TX: 1005, MT: 1006 },
  ...{ DE: 1007, NE: 1008, NH: 1009, NJ: 1010, MN: 1011, MD: 1012, RI: 1013 },
};

/** Limited data use for a resident of one of those states; null elsewhere. */
export function limitedDataUseOf(country: string | null, state: string | null): { country: number; state: number } | null {
  const code = country === 'US' && state !== null ? limitedDataUseStates[state.toUpperCase()] : undefined;
  return code === undefined ? null : { country: unitedStates, state: code };
}
