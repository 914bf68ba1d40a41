import { hashIdentifier } from '@waybill/shared/conversion';

/** A person as the CRM knows them; raw, never leaving this service. */
export interface RawPerson {
  email: string | null;
  phone: string | null;
  firstName: string | null;
  lastName: string | null;
  city: string | null;
  state: string | null;
  zip: string | null;
  country: string | null;
  externalId: string | null;
}

// White space of any script, and the marks without width that spreadsheets and messengers leave behind.
const invisible = /[\u200b-\u200d\u2060\ufeff]/g;
// Meta's parameter builder appends two or eight characters about itself to a hash; they are no part of it.
const alreadyHashed = /^([0-9a-f]{64})(?:\.[\w-]{2}|\.[\w-]{8})?$/i;

/** Text composed (NFC) and trimmed. */
export const cleanText = (raw: string | null): string => raw?.normalize('NFC').replace(invisible, '').trim() ?? '';

/** Text as every owner wants it before its own rules: clean and in lower case; null where nothing is left. */
export function plainText(raw: string | null): string | null {
  // Lower case of some letters is decomposed.
  const plain = cleanText(raw).toLowerCase().normalize('NFC');
  return plain === '' ? null : plain;
}

/** The hash of what `normalise` makes of a raw value; one that is hashed already passes. Nothing where there is none. */
export function hashOf(raw: string | null, normalise: (plain: string) => string | null): string[] {
  const plain = plainText(raw);
  if (plain === null) return [];
  const [, hashed] = alreadyHashed.exec(plain) ?? [];
  if (hashed !== undefined) return [hashed];
  const normal = normalise(plain);
  return normal === null || normal === '' ? [] : [hashIdentifier(normal)];
}

/** The mailbox and the domain of an address in plain text; null where it is none. */
export function splitEmail(plain: string): { mailbox: string; domain: string } | null {
  const [, mailbox, domain] = /^([^\s@]+)@([^\s@.]+(?:\.[^\s@.]+)+)$/.exec(plain) ?? [];
  return mailbox === undefined || domain === undefined ? null : { mailbox, domain };
}
