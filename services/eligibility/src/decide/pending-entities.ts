import type { Database } from '@waybill/shared/db';
import { type RawBuilder, sql } from 'kysely';
import { companyEvents, contactEvents } from '../catalogue/index.ts';
import type { Grain, View } from './considered.ts';
import type { Rule } from './rule.ts';

/** Since when the rules of a pass were decided, or `null` for all time. */
export interface Since {
  evaluatedAt: Date;
  scoresMaxAgeHours: number;
}

const tableOf = {
  company: { profile: 'company_profile_meta_data', id: 'company', events: companyEvents, scores: ['company_conversion_probability'] },
  contact: {
    ...{ profile: 'contact_profile_metadata', id: 'contact_id', events: contactEvents },
    scores: ['contact_conversion_probability', 'contact_cp_score'],
  },
} as const;

const union = (parts: RawBuilder<unknown>[]): RawBuilder<unknown> => sql.join(parts, sql` union `);

/** Entities with an event, or a paid visit, after `from` up to `now`. */
function activeSql(grain: Grain, from: RawBuilder<unknown>, now: Date): RawBuilder<unknown> {
  const { profile, id, events } = tableOf[grain];
  const inside = (column: RawBuilder<unknown>) => sql`${column} > ${from} and ${column} <= ${now}::timestamptz`;
  return union([
    ...events.map((column) => sql`select ${sql.ref(id)} as entity from ${sql.table(profile)} where ${inside(sql.ref(column))}`),
    sql`select ${sql.ref(id)} from ${sql.table(`${grain}_interactions`)} where channel like 'cpc-%' and ${inside(sql`interacted_at`)}`,
  ]);
}

/** Entities that something was written about since the last run. */
const changedSql = (grain: Grain): RawBuilder<unknown> =>
  grain === 'company'
    ? sql`select entity_id as entity from entity_change where grain = 'company'`
    : sql`select entity_id as entity from entity_change where grain = 'contact'
          union select contact_id from contact_profile_metadata
          where company in (select entity_id from entity_change where grain = 'company')`;

/** Entities that only time has changed: an event that was ahead has come, or a score has passed its age. */
function ripenedSql(grain: Grain, rules: Rule[], { evaluatedAt, scoresMaxAgeHours }: Since, now: Date): RawBuilder<unknown> {
  const { id, scores } = tableOf[grain];
  const delays = new Set(rules.map(({ type }) => (type.trigger.kind === 'event' ? type.trigger.delayHours : 0)));
  const ago = (at: Date, hours: number) => sql`${at}::timestamptz - make_interval(hours => ${hours})`;
  const passed = (column: string, hours: number) =>
    sql`${sql.ref(column)} >= ${ago(evaluatedAt, hours)} and ${sql.ref(column)} <= ${ago(now, hours)}`;
  const events = [...delays].flatMap((hours) =>
    tableOf[grain].events.map(
      (column) => sql`select ${sql.ref(id)} as entity from ${sql.table(tableOf[grain].profile)} where ${passed(column, hours)}`,
    ),
  );
  const aged = scores.flatMap((table) =>
    [0, scoresMaxAgeHours].map((hours) => sql`select ${sql.ref(id)} from ${sql.table(table)} where ${passed('scored_at', hours)}`),
  );
  const visits = sql`select ${sql.ref(id)} from ${sql.table(`${grain}_interactions`)} where channel like 'cpc-%' and ${passed('interacted_at', 0)}`;
  return union([...events, ...aged, visits]);
}

/**
 * Fills the temporary table `pending_entity` with the entities to decide: all that are active inside the widest window or, `since` a
 * run, those of them that changed or that time has ripened. Answers how many there are.
 */
export async function fillPendingEntities(
  db: Database,
  rules: Rule[],
  grain: Grain,
  { now, backHours }: View,
  since: Since | null,
): Promise<number> {
  const windowHours = Math.max(
    ...rules.map(({ type }) => (backHours ?? type.lookbackHours) + (type.trigger.kind === 'event' ? type.trigger.delayHours : 0)),
  );
  const active = activeSql(grain, sql`${now}::timestamptz - make_interval(hours => ${windowHours})`, now);
  const touched = since === null ? null : sql`${changedSql(grain)} union ${ripenedSql(grain, rules, since, now)}`;
  await sql`drop table if exists pending_entity`.execute(db);
  await sql`
    create temporary table pending_entity as
    select entity from (${active}) as active ${touched === null ? sql`` : sql`where entity in (${touched})`}`.execute(db);
  await sql`create index on pending_entity (entity)`.execute(db);
  const { rows } = await sql<{ count: number }>`select count(*) from pending_entity`.execute(db);
  return rows[0]?.count ?? 0;
}

/** The next entities by id, at most `limit`. */
export async function findPendingPage(db: Database, after: number, limit: number): Promise<number[]> {
  const { rows } = await sql<{ entity: number }>`
    select entity from pending_entity where entity > ${after} order by entity limit ${limit}`.execute(db);
  return rows.map(({ entity }) => entity);
}
