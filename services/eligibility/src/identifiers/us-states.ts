const states: Record<string, string> = {
  ...{ al: 'alabama', ak: 'alaska', az: 'arizona', ar: 'arkansas', ca: 'california', co: 'colorado', ct: 'connecticut', de: 'delaware' },
  ...{ dc: 'district of columbia', fl: 'florida', ga: 'georgia', hi: 'hawaii', id: 'idaho', il: 'illinois', in: 'indiana', ia: 'iowa' },
  ...{ ks: 'kansas', ky: 'kentucky', la: 'louisiana', me: 'maine', md: 'maryland', ma: 'massachusetts', mi: 'michigan', mn: 'minnesota' },
  ...{ ms: 'mississippi', mo: 'missouri', mt: 'montana', ne: 'nebraska', nv: 'nevada', nh: 'new hampshire', nj: 'new jersey' },
  ...{ nm: 'new mexico', ny: 'new york', nc: 'north carolina', nd: 'north dakota', oh: 'ohio', ok: 'oklahoma', or: 'oregon' },
  ...{ pa: 'pennsylvania', ri: 'rhode island', sc: 'south carolina', sd: 'south dakota', tn: 'tennessee', tx: 'texas', ut: 'utah' },
  ...{ vt: 'vermont', va: 'virginia', wa: 'washington', wv: 'west virginia', wi: 'wisconsin', wy: 'wyoming', pr: 'puerto rico' },
  ...{ as: 'american samoa', gu: 'guam', mp: 'northern mariana islands', vi: 'virgin islands', aa: 'armed forces americas' },
  ...{ ae: 'armed forces europe', ap: 'armed forces pacific' },
};

/** Name of a state in lower case -> its postal code: https://pe.usps.com/text/pub28/28apb.htm */
export const usStateCodes: ReadonlyMap<string, string> = new Map(Object.entries(states).map(([code, name]) => [name, code]));

const codeOfLetters = new Map(
  Object.entries(states).flatMap(([code, name]) =>
    [code, `us${code}`, name.replaceAll(' ', '')].map((letters) => [letters, code] as const),
  ),
);

/** The postal code, in lower case, of a state given by name, code or ISO 3166-2 code in letters only; undefined where it is none. */
export const toUsStateCode = (letters: string): string | undefined => codeOfLetters.get(letters);
