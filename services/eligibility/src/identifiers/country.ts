import { plainText } from './person.ts';

const english = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];

/** Codes that are retired or reserved, such as UK, have one that took their place. */
const currentCode = (code: string): string => new Intl.Locale(`und-${code}`).region ?? code;

/** English name in lower case -> ISO 3166-1 alpha-2. */
const codeOfName = new Map(
  letters
    .flatMap((first) => letters.map((second) => `${first}${second}`))
    .flatMap((code) => {
      const name = english.of(code)?.toLowerCase();
      return name === undefined || currentCode(code) !== code ? [] : [[name, code] as const];
    }),
);
for (const [name, code] of [
  ['usa', 'US'],
  ['uk', 'GB'],
  ['great britain', 'GB'],
] as const)
  codeOfName.set(name, code);

/** The ISO 3166-1 alpha-2 code of a country given by code or English name; null where it is neither. */
export function toCountryCode(country: string | null): string | null {
  const plain = plainText(country) ?? '';
  const named = codeOfName.get(plain);
  if (named !== undefined) return named;
  return /^[a-z]{2}$/.test(plain) && english.of(plain.toUpperCase()) !== undefined ? currentCode(plain.toUpperCase()) : null;
}

/** A country's code and its names, in lower case. */
export const spellingsOf = (code: string): string[] => [
  code.toLowerCase(),
  ...[...codeOfName].flatMap(([name, of]) => (of === code ? [name] : [])),
];
