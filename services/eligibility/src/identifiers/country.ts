import { plainText } from './person.ts';

const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
const names = (['long', 'short'] as const).map((style) => new Intl.DisplayNames('en', { type: 'region', fallback: 'none', style }));

/** Regions with a name that are no country of ISO 3166-1: unions, test data, and islands that have the code of another. */
const notCountries = new Set(['EU', 'EZ', 'UN', 'QO', 'XA', 'XB', 'ZZ', 'AC', 'CP', 'CQ', 'DG', 'EA', 'IC', 'TA']);

/** Everyday names that Unicode's list words otherwise. */
const everydayNames: Record<string, string[]> = {
  AE: ['uae'],
  CI: ['ivory coast'],
  CZ: ['czech republic'],
  GB: ['u.k.', 'great britain', 'england', 'scotland', 'wales', 'northern ireland'],
  IE: ['republic of ireland'],
  KR: ['republic of korea'],
  MK: ['macedonia'],
  MO: ['macau'],
  NL: ['the netherlands', 'holland'],
  RU: ['russian federation'],
  SK: ['slovak republic'],
  TR: ['turkey'],
  US: ['usa', 'u.s.', 'u.s.a.', 'united states of america'],
  VN: ['viet nam'],
};

const withoutAccents = (name: string): string => name.normalize('NFD').replace(/\p{M}/gu, '').normalize('NFC');

/** A name as it is typed, too: with a plain apostrophe, without accents, with "and". */
function variantsOf(name: string): string[] {
  const typed = name.toLowerCase().replaceAll('’', "'");
  return [name.toLowerCase(), typed, withoutAccents(typed), typed.replaceAll('&', 'and'), withoutAccents(typed).replaceAll('&', 'and')];
}

function spellings(code: string): string[] {
  const inUnicode = names.flatMap((list) => list.of(code) ?? []);
  // A retired code, such as YU, has no one country in its place.
  const isCountry = inUnicode.length > 0 && !notCountries.has(code) && new Intl.Locale(`und-${code}`).region === code;
  return isCountry ? [code.toLowerCase(), ...inUnicode.flatMap(variantsOf), ...(everydayNames[code] ?? [])] : [];
}

/** Code or English name in lower case -> ISO 3166-1 alpha-2. */
const codeOf = new Map(
  letters
    .flatMap((first) => letters.map((second) => `${first}${second}`))
    .flatMap((code) => spellings(code).map((spelling) => [spelling, code] as const)),
);

/** The ISO 3166-1 alpha-2 code of a country given by code or English name; null where it is neither. */
export function toCountryCode(country: string | null): string | null {
  const plain = plainText(country);
  return plain === null ? null : (codeOf.get(plain) ?? codeOf.get(plain.replace(/\s+/g, ' ')) ?? null);
}

/** A country's code and its names, in lower case. */
export const spellingsOf = (code: string): string[] => [...codeOf].flatMap(([spelling, of]) => (of === code ? [spelling] : []));
