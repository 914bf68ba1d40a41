import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';
import { fingerprintRule, type Rule } from './decide/rule.ts';

export interface Pass {
  rules: Rule[];
  /** When the rules were last decided; null: everything is to be decided. */
  evaluatedAt: Date | null;
}

/**
 * How far the rules are decided: those whose last run decided alike go on from there with what changed since; the others, and all when
 * the clock was set back, begin anew.
 */
export async function planPasses(db: Database, rules: Rule[], options: { now: Date; scoresMaxAgeHours: number }): Promise<Pass[]> {
  const progress = await db.selectFrom('eligibility_progress').selectAll().execute();
  const known = new Map(progress.map((row) => [row.conversion_type, row]));
  const evaluatedAtOf = (rule: Rule): Date | null => {
    const row = known.get(rule.type.name);
    const isSame = row?.fingerprint === fingerprintRule(rule, options.scoresMaxAgeHours) && row.evaluated_at <= options.now;
    return isSame ? row.evaluated_at : null;
  };
  const groups = Map.groupBy(rules, (rule) => evaluatedAtOf(rule)?.getTime() ?? null);
  return [...groups].map(([ms, of]) => ({ rules: of, evaluatedAt: ms === null ? null : new Date(ms) }));
}

/** The oldest transaction that may still be running: every change before it is visible from now on. */
export async function findChangeHorizon(db: Database): Promise<string> {
  const { rows } = await sql<{ horizon: string }>`select pg_snapshot_xmin(pg_current_snapshot())::text as horizon`.execute(db);
  return rows[0]?.horizon ?? '0';
}

/** Notes that every rule is decided as of `now`, and forgets the changes that the run has seen. */
export async function saveProgress(
  db: Database,
  rules: Rule[],
  options: { now: Date; scoresMaxAgeHours: number; horizon: string },
): Promise<void> {
  const { now, scoresMaxAgeHours, horizon } = options;
  await db.transaction().execute(async (tx) => {
    await sql`delete from entity_change where changed_in < ${horizon}::xid8`.execute(tx);
    await sql`
      insert into eligibility_progress (conversion_type, fingerprint, evaluated_at)
      select t.*, ${now}::timestamptz from unnest(${rules.map(({ type }) => type.name)}::text[],
        ${rules.map((rule) => fingerprintRule(rule, scoresMaxAgeHours))}::text[]) as t
      on conflict (conversion_type) do update set fingerprint = excluded.fingerprint, evaluated_at = excluded.evaluated_at`.execute(tx);
  });
}

/**
 * Empties the queue of changes before everything is decided anyway. What was committed before is visible to the run that begins after;
 * should it die, there is no progress left that the next one could go on from.
 */
export const forgetChanges = (db: Database): Promise<void> =>
  db.transaction().execute(async (tx) => {
    await sql`delete from eligibility_progress`.execute(tx);
    await sql`truncate entity_change`.execute(tx);
  });

/** The sources whose latest run was held or failed. */
export async function findHeldSources(db: Database): Promise<Set<string>> {
  const { rows } = await sql<{ source: string }>`
    select source from (select distinct on (source) source, status from sync_run where status <> 'running' order by source, started_at desc) as latest
    where status in ('held', 'failed')`.execute(db);
  return new Set(rows.map(({ source }) => source));
}
