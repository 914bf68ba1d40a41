import type { Conversion } from '@waybill/shared/conversion';
import type { ConversionType } from '../catalogue/index.ts';
import { toBingPerson } from './bing.ts';
import { toFacebookPerson } from './facebook.ts';
import { toGooglePerson } from './google.ts';
import type { RawPerson } from './person.ts';

export type { RawPerson } from './person.ts';

/** A person in each owner's own normal form, hashed. */
export const toPerson: Record<ConversionType['platform'], (person: RawPerson) => Conversion['person']> = {
  google: toGooglePerson,
  facebook: toFacebookPerson,
  bing: toBingPerson,
};
