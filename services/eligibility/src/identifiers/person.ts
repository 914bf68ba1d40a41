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

// Marks that are not seen (zero-width spaces, directions, byte order marks): spreadsheets and address books leave them behind.
const invisible = /\p{Default_Ignorable_Code_Point}/gu;
// Meta's parameter builder appends to a hash two or eight characters about the library that made it. They say nothing of the person, and the
// message takes the 64 digits alone: https://github.com/facebook/capi-param-builder
const alreadyHashed = /^([0-9a-f]{64})(?:\.[\w-]{2}|\.[\w-]{8})?$/;

/** Text as every owner wants it before its own rules: composed (NFC), trimmed and in lower case; null where nothing is left. */
export function plainText(raw: string | null): string | null {
  if (raw === null) return null;
  // Composed last, because the lower case of some letters is decomposed and an invisible mark can stand between a letter and its accent.
  const plain = raw.replace(invisible, '').toLowerCase().normalize('NFC').trim();
  return plain === '' ? null : plain;
}

/** The hash of what `normalise` makes of a raw value; one that is hashed already passes. Undefined where there is nothing to match by. */
export function hashOf(raw: string | null, normalise: (plain: string) => string | null): string | undefined {
  const plain = plainText(raw);
  if (plain === null) return undefined;
  const hashed = alreadyHashed.exec(plain)?.[1];
  if (hashed !== undefined) return hashed;
  const normal = normalise(plain);
  return normal === null || normal === '' ? undefined : hashIdentifier(normal);
}

/** The same as a list of one, or of none. */
export function hashesOf(raw: string | null, normalise: (plain: string) => string | null): string[] {
  const hash = hashOf(raw, normalise);
  return hash === undefined ? [] : [hash];
}
