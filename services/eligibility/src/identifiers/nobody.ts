import type { RawPerson } from './person.ts';

/** A person of whom nothing is known, to build others on. */
export const nobody: RawPerson = {
  ...{ email: null, phone: null, firstName: null, lastName: null, city: null, state: null, zip: null, country: null, externalId: null },
};
