import type { Database } from '@waybill/shared/db';
import { type RawBuilder, sql } from 'kysely';
import type { MeasureName } from '../catalogue/index.ts';
import type { Rule } from './rule.ts';

/** A company's measures: the column of a peak, and how it comes out of the score `s`. */
export const companyMeasures = {
  cp1: { peak: 'cp1', score: sql`round(s.cp1::numeric, 6)` },
  cp3: { peak: 'cp3', score: sql`round(s.cp3::numeric, 6)` },
  'cp1-times-arpu': { peak: 'cp1_times_arpu', score: sql`round(s.cp1::numeric * s.cp1_arpu, 2)` },
  'cp3-times-arpu': { peak: 'cp3_times_arpu', score: sql`round(s.cp3::numeric * s.cp3_arpu, 2)` },
} as const satisfies Partial<Record<MeasureName, { peak: string; score: RawBuilder<unknown> }>>;
export type CompanyMeasure = keyof typeof companyMeasures;

const measures = Object.values(companyMeasures);

/**
 * Keeps the scores that first reached one of the rules' thresholds; whether the company clicked does not matter here, so that a later
 * click cannot make an old crossing a new one. A score that is above when it is first seen counts as reached then.
 */
export async function saveScorePeaks(db: Database, rules: Rule[], scope: 'all' | 'changed'): Promise<void> {
  const crossings = rules.flatMap(({ type: { trigger } }) => {
    if (trigger.kind !== 'threshold') return [];
    const peak = companyMeasures[trigger.measure as CompanyMeasure].peak;
    const [now, before] = [sql.ref(`n.${peak}`), sql.ref(`b.${peak}`)];
    return [sql`(${now} >= ${sql.lit(trigger.atLeast)} and coalesce(${before} < ${sql.lit(trigger.atLeast)}, true))`];
  });
  if (crossings.length === 0) return;
  const only = scope === 'all' ? sql`` : sql`where s.company in (select entity_id from entity_change where grain = 'company')`;
  const columns = sql.join(measures.map(({ peak }) => sql.ref(peak)));
  await sql`
    insert into company_score_peak (company, reached_at, ${columns})
    select n.company, n.scored_at, ${sql.join(measures.map(({ peak }) => sql.ref(`n.${peak}`)))}
    from (
      select s.company, s.scored_at, ${sql.join(measures.map(({ peak, score }) => sql`${score} as ${sql.ref(peak)}`))}
      from company_conversion_probability s ${only}
    ) as n
    left join (
      select company, ${sql.join(measures.map(({ peak }) => sql`max(${sql.ref(peak)}) as ${sql.ref(peak)}`))}
      from company_score_peak s ${only} group by company
    ) as b on b.company = n.company
    where ${sql.join(crossings, sql` or `)}
    on conflict do nothing`.execute(db);
  if (scope === 'all') await sql`analyze company_score_peak`.execute(db);
}
