import type { Database } from '@waybill/shared/db';
import { type RawBuilder, sql } from 'kysely';
import type { ConversionType, MeasureName } from '../catalogue/index.ts';
import type { Rule } from './rule.ts';

type Threshold = Extract<ConversionType['trigger'], { kind: 'threshold' }>;

/** Under which name the first reaching of a threshold is kept: `cp1>=0.01`. */
export const thresholdName = ({ measure, atLeast }: Threshold): string => `${measure}>=${atLeast}`;

const measured: Partial<Record<MeasureName, RawBuilder<unknown>>> = {
  cp1: sql`s.cp1`,
  cp3: sql`s.cp3`,
  'cp1-times-arpu': sql`round(s.cp1::numeric * s.cp1_arpu, 2)`,
  'cp3-times-arpu': sql`round(s.cp3::numeric * s.cp3_arpu, 2)`,
};

/**
 * Keeps for each company when its score first reached each threshold; whether it clicked does not matter here, so that a later click
 * cannot make an old crossing a new one. A score that is above when it is first seen counts as reached then.
 */
export async function saveReachedThresholds(db: Database, rules: Rule[], scope: 'all' | 'changed'): Promise<void> {
  const thresholds = new Map(
    rules.flatMap(({ type }) => (type.trigger.kind === 'threshold' ? [[thresholdName(type.trigger), type.trigger] as const] : [])),
  );
  if (thresholds.size === 0) return;
  const reached = [...thresholds].map(
    ([name, { measure, atLeast }]) => sql`(${sql.lit(name)}, ${measured[measure]} >= ${sql.lit(atLeast)})`,
  );
  const only = scope === 'all' ? sql`` : sql`where s.company in (select entity_id from entity_change where grain = 'company')`;
  await sql`
    insert into company_score_threshold (company, threshold, reached_at)
    select s.company, h.threshold, s.scored_at
    from (select * from company_conversion_probability s ${only}) as s
    cross join lateral (values ${sql.join(reached)}) as h (threshold, is_reached)
    where h.is_reached
    on conflict do nothing`.execute(db);
}
