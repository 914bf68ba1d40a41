import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';
import { type Cause, mostNamed } from './cause.ts';

export type TaskKind = 'client' | 'company' | 'contact';

export interface Trigger {
  kind: TaskKind;
  /** A client id, or the digits of a company or contact. */
  entity: string;
  causes: Cause[];
}

export interface Task {
  kind: TaskKind;
  entity: string;
  /** 0: at once; 1 and 2: again, for what came late. */
  step: number;
  /** How often it was triggered when it was taken: tells whether it was again meanwhile. */
  triggers: number;
  causes: Cause[];
  lateMs: number;
  /** Tells this taking from another one, after its lease had ended. */
  leasedUntil: Date;
}

/** When an entity is computed again after the last event that concerned it, in minutes; what came late or unseen is found then. */
export const delaysMinutes = [0, 6, 30] as const;

const keyOf = ({ kind, entity }: { kind: string; entity: string }): string => `${kind} ${entity}`;

/**
 * Has entities computed at once, and again after each delay. An entity waits once, however often it is triggered; one that could not be computed
 * waits for its pause first, and its failures still count.
 */
export async function trigger(tx: Database, triggers: Trigger[]): Promise<void> {
  if (triggers.length === 0) return;
  const byEntity = [...Map.groupBy(triggers, keyOf)].sort(([left], [right]) => (left < right ? -1 : 1));
  const rows = byEntity.map(([, same]) => {
    const { kind, entity } = same[0] as Trigger;
    return { kind, entity, causes: same.flatMap(({ causes }) => causes).slice(-mostNamed) };
  });
  await sql`
    insert into attribution_recalculation as r (kind, entity, step, triggered_at, triggers, due_at, attempts, causes)
    select kind, entity, 0, now(), 1, now(), 0, causes
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as t (kind text, entity text, causes jsonb)
    on conflict (kind, entity) do update
      set step = 0, triggered_at = now(), triggers = r.triggers + 1, due_at = case when r.attempts > 0 then r.due_at else now() end,
          causes = case when jsonb_array_length(r.causes) >= ${mostNamed} then r.causes else r.causes || excluded.causes end`.execute(tx);
}

/** Takes what is due, the oldest first; nobody else takes it until the lease ends. */
export async function claimDue(db: Database, limit: number, leaseSeconds: number): Promise<Task[]> {
  const { rows } = await sql<Task>`
    with due as (
      select kind, entity, due_at from attribution_recalculation
      where due_at <= now()::timestamptz(3) and (leased_until is null or leased_until < now())
      order by due_at limit ${limit} for update skip locked
    )
    update attribution_recalculation r set leased_until = now() + make_interval(secs => ${leaseSeconds})
    from due where r.kind = due.kind and r.entity = due.entity
    returning r.kind, r.entity, r.step, r.triggers, r.causes, r.leased_until as "leasedUntil",
              round(extract(epoch from now() - due.due_at) * 1000)::bigint as "lateMs"`.execute(db);
  return rows;
}

/**
 * What was computed waits for its next delay, and after the last one for nothing. What was triggered meanwhile stays due, and what somebody
 * else has taken since, because the lease had ended, is left to them.
 */
export async function finish(db: Database, tasks: Task[]): Promise<void> {
  if (tasks.length === 0) return;
  const rows = JSON.stringify(tasks.map(({ causes, ...task }) => ({ ...task, done: causes.length })));
  const given = sql`jsonb_to_recordset(${rows}::jsonb) as t (kind text, entity text, triggers bigint, done int, "leasedUntil" timestamptz)`;
  const isOurs = sql`r.kind = t.kind and r.entity = t.entity and r.leased_until = t."leasedUntil"`;
  const last = delaysMinutes.length - 1;
  await db.transaction().execute(async (tx) => {
    // In the order in which they are triggered; and what is decided below is decided of rows that nobody changes any more.
    await sql`
      select from attribution_recalculation r join ${given} on ${isOurs} order by r.kind collate "C", r.entity collate "C" for update of r`.execute(
      tx,
    );
    await sql`
      delete from attribution_recalculation r using ${given} where ${isOurs} and r.triggers = t.triggers and r.step = ${last}`.execute(tx);
    await sql`
      update attribution_recalculation r
      set leased_until = null, attempts = 0, problem = null,
          causes = (select coalesce(jsonb_agg(c.cause order by c.place), '[]')
                    from jsonb_array_elements(r.causes) with ordinality as c (cause, place) where c.place > t.done),
          step = case when r.triggers = t.triggers then r.step + 1 else r.step end,
          due_at = case when r.triggers = t.triggers
                        then r.triggered_at + make_interval(mins => (${[...delaysMinutes]}::int[])[r.step + 2]) else r.due_at end
      from ${given} where ${isOurs}`.execute(tx);
  });
}

const longestPauseSeconds = 600;

/** What could not be computed is tried again after a pause that doubles; answers how often it has failed in a row. */
export async function postpone(db: Database, { kind, entity, leasedUntil }: Task, problem: string): Promise<number> {
  const { rows } = await sql<{ attempts: number }>`
    update attribution_recalculation r
    set attempts = attempts + 1, problem = ${problem}, leased_until = null,
        due_at = now() + make_interval(secs => least(${longestPauseSeconds}, 2 ^ least(attempts + 1, 20)))
    where kind = ${kind} and entity = ${entity} and leased_until = ${leasedUntil}
    returning attempts`.execute(db);
  return rows[0]?.attempts ?? 0;
}
