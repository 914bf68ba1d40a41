import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';
import { lateMinutes } from '../alerts/find-facts.ts';

export interface StepFigures {
  /** 0: at once; 1 and 2: again, for what came late. */
  step: number;
  succeeded: number;
  changed: number;
  failed: number;
  /** After it was due. */
  meanLateMs: number;
  mostLateMs: number;
}

export interface FailingEntity {
  kind: string;
  entity: string;
  attempts: number;
  problem: string;
  retryAt: Date;
}

/** Where attribution stands with its computations. */
export interface Recalculations {
  /** Entities that will be computed, now or after their delay. */
  waiting: number;
  due: number;
  /** Due for longer than ten minutes. */
  overdue: number;
  oldestDueAt: Date | null;
  failing: number;
  /** Of the failing ones those that failed most often. */
  failures: FailingEntity[];
  /** Of the database's day, in UTC. */
  today: StepFigures[];
}

/** Clients whose search did not end with one company or contact, by what was met. */
export interface UnresolvedCount {
  /** What was met, such as `domain`; null: several companies or contacts alike. */
  type: string | null;
  reason: string;
  clients: number;
}

const shownFailures = 8;

async function findFailures(db: Database): Promise<FailingEntity[]> {
  const { rows } = await sql<FailingEntity>`
    select kind, entity, attempts, problem, due_at as "retryAt" from attribution_recalculation where problem is not null
    order by attempts desc, kind, entity limit ${shownFailures}`.execute(db);
  return rows;
}

async function findToday(db: Database): Promise<StepFigures[]> {
  const { rows } = await sql<StepFigures>`
    select step, sum(succeeded)::bigint as succeeded, sum(changed)::bigint as changed, sum(failed)::bigint as failed,
           (sum(late_ms_total) / greatest(1, sum(succeeded + failed)))::bigint as "meanLateMs", max(late_ms_most) as "mostLateMs"
    from recalculation_figures where day = (now() at time zone 'UTC')::date group by step order by step`.execute(db);
  return rows;
}

export async function findRecalculations(db: Database): Promise<Recalculations> {
  const { rows } = await sql<Omit<Recalculations, 'failures' | 'today'>>`
    select count(*) as waiting, count(*) filter (where due_at <= now()) as due,
           count(*) filter (where due_at < now() - make_interval(mins => ${lateMinutes})) as overdue,
           min(due_at) filter (where due_at <= now()) as "oldestDueAt", count(problem) as failing
    from attribution_recalculation`.execute(db);
  const [counts] = rows as [(typeof rows)[number]];
  return { ...counts, failures: await findFailures(db), today: await findToday(db) };
}

/** How many clients are ambiguous, and how many met an identifier that links nobody, by reason. */
export async function findUnresolved(db: Database): Promise<UnresolvedCount[]> {
  const { rows } = await sql<UnresolvedCount>`
    select null as type, 'belong to several alike' as reason, count(*) as clients from client_resolution
    where spans @? '$[*] ? (@.isAmbiguous == true)' having count(*) > 0
    union all
    select r.type, r.reason, count(distinct client_id) from client_resolution
    cross join lateral jsonb_to_recordset(refusals) as r (type text, reason text)
    where refusals <> '[]' group by r.type, r.reason
    order by clients desc, type nulls first, reason`.execute(db);
  return rows;
}
