import type { Touch } from '../journeys/journey.ts';
import { first } from '../models/first.ts';
import { first28Days } from '../models/first-28-days.ts';
import { last } from '../models/last.ts';
import type { JourneyModel } from '../models/model.ts';

export type EntityKind = 'company' | 'contact';

export interface Attribution {
  table: string;
  /** What it is called where a change is told. */
  name: string;
  model: JourneyModel;
}

export interface Plan {
  interactions: string;
  column: string;
  attributions: Attribution[];
  profiles: string;
}

/** Where the touches of a kind of entity are, and which of them each table names. */
export const plans: Record<EntityKind, Plan> = {
  company: {
    ...{ interactions: 'company_interactions', column: 'company', profiles: 'company_profile_meta_data' },
    attributions: [
      { table: 'company_profile_attribution', name: 'first', model: first },
      { table: 'company_profile_attribution_last', name: 'last', model: last },
      { table: 'company_profile_attribution_first_limited', name: 'first of 28 days', model: first28Days },
    ],
  },
  contact: {
    ...{ interactions: 'contact_interactions', column: 'contact_id', profiles: 'contact_profile_metadata' },
    attributions: [{ table: 'contact_profile_attribution_first', name: 'first', model: first }],
  },
};

/** A touch with the visit that it is. */
export interface EntityTouch extends Touch {
  visitId: number;
}

/** The touch that a model gives all credit to; null where it credits none. A window ends with the signup, before that with the latest touch. */
export function decideTouch(model: JourneyModel, touches: EntityTouch[], signupAtMs: number | undefined): EntityTouch | null {
  const considered = model.needsTimes === true && signupAtMs !== undefined ? touches.filter(({ atMs }) => atMs <= signupAtMs) : touches;
  const convertedAtMs = signupAtMs ?? touches.at(-1)?.atMs ?? 0;
  const credits = model.credit({ conversionId: '', convertedAtMs, valueMinor: 0n, currency: 'USD', touches: considered });
  return considered[credits.indexOf(1)] ?? null;
}
