import { choose, type Sql, unit } from './invent.ts';

/** More than half in the United States, a seventh in the European Economic Area. */
const places: [bound: number, country: string, city: string, state: string | null, zip: string][] = [
  [0.11, 'US', 'San Francisco', 'CA', '94105'],
  [0.22, 'US', 'New York', 'NY', '10001'],
  [0.33, 'US', 'Austin', 'TX', '78701'],
  [0.44, 'US', 'Miami', 'FL', '33101'],
  [0.55, 'US', 'Seattle', 'WA', '98101'],
  [0.63, 'DE', 'Berlin', null, '10115'],
  [0.7, 'FR', 'Paris', null, '75001'],
  [0.8, 'GB', 'London', null, 'EC1A 1BB'],
  [0.9, 'IN', 'Mumbai', null, '400001'],
  [1, 'BR', 'São Paulo', null, '01310-100'],
];

/** Where a company is; its contacts are there too. */
export function placeOf(seed: number, company: Sql): Record<'country' | 'city' | 'state' | 'zip', Sql> {
  const share = unit(seed, company, 'place');
  return {
    country: choose(
      share,
      places.map(([bound, country]) => [bound, country]),
    ),
    city: choose(
      share,
      places.map(([bound, , city]) => [bound, city]),
    ),
    state: choose(
      share,
      places.map(([bound, , , state]) => [bound, state]),
    ),
    zip: choose(
      share,
      places.map(([bound, , , , zip]) => [bound, zip]),
    ),
  };
}
