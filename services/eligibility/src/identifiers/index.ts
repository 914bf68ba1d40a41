import type { Conversion } from '@waybill/shared/conversion';
import { broughtPlatforms } from '../catalogue/index.ts';
import { toBingPerson } from './bing.ts';
import { toFacebookPerson } from './facebook.ts';
import { toGooglePerson } from './google.ts';
import type { RawPerson } from './person.ts';

export type { RawPerson } from './person.ts';

/** A person in each owner's own normal form, hashed. */
export const toPerson = {
  google: toGooglePerson,
  facebook: toFacebookPerson,
  bing: toBingPerson,
} as const satisfies Record<string, (person: RawPerson) => Conversion['person']>;

const formOf = new Map<string, keyof typeof toPerson>([
  ...(Object.keys(toPerson) as (keyof typeof toPerson)[]).map((owner) => [owner, owner] as const),
  ...broughtPlatforms.map(({ platform, people }) => [platform, people] as const),
]);

/** A person in the normal form that the platform takes, hashed. */
export function toPersonOf(platform: string, person: RawPerson): Conversion['person'] {
  const form = formOf.get(platform);
  if (form === undefined) throw new Error(`There is no form of a person for ${platform}`);
  return toPerson[form](person);
}
