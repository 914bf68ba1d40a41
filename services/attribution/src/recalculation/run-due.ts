import { type Database, isConnectionError } from '@waybill/shared/db';
import { describeError, type Logger, raiseAlert, recordRecalculations } from '@waybill/shared/telemetry';
import { sql } from 'kysely';
import type { AmbiguityRule } from '../identity/resolve-client.ts';
import { recalculateClients } from './recalculate-clients.ts';
import { recalculateEntities } from './recalculate-entities.ts';
import { claimDue, finish, postpone, type Task, type TaskKind } from './tasks.ts';

export interface RunOptions {
  log: Logger;
  ambiguity: AmbiguityRule;
  /** So many entities are computed together. */
  batch: number;
  leaseSeconds: number;
}

/** So often an entity fails before a person is told. */
const patientAttempts = 5;

/** How many of a kind changed; throws where the database refused. */
async function recalculate(db: Database, kind: TaskKind, tasks: Task[], { log, ambiguity }: RunOptions): Promise<number> {
  const entities = tasks.map(({ entity }) => entity);
  if (kind !== 'client') {
    const causes = new Map(tasks.map((task) => [task.entity, task.causes]));
    return recalculateEntities(db, kind, entities, (entity) => causes.get(entity) ?? []);
  }
  const { changed, refusals } = await recalculateClients(db, entities, ambiguity);
  if (refusals > 0) log.info({ clients: changed, refusals }, 'identifiers were met that link nobody; client_resolution names them');
  return changed;
}

interface Figures {
  changed: number;
  failed: Task[];
  succeeded: Task[];
}

/** One that cannot be computed keeps no other from it: a batch that fails is computed in halves. */
async function computeApart(db: Database, kind: TaskKind, tasks: Task[], options: RunOptions): Promise<Figures> {
  try {
    const changed = await recalculate(db, kind, tasks, options);
    await finish(db, tasks);
    return { changed, failed: [], succeeded: tasks };
  } catch (error) {
    if (isConnectionError(error)) throw error;
    const [task] = tasks as [Task];
    if (tasks.length === 1) {
      const problem = describeError(error);
      const attempts = await postpone(db, task, problem);
      options.log.warn({ kind, entity: task.entity, attempts, problem }, 'an entity could not be computed; it is tried again');
      if (attempts === patientAttempts) {
        raiseAlert(options.log, {
          name: 'recalculation-failing',
          subject: `${kind} ${task.entity}`,
          detail: `the attribution of ${kind} ${task.entity} failed ${attempts} times in a row: ${problem}`,
        });
      }
      return { changed: 0, failed: tasks, succeeded: [] };
    }
    const middle = Math.ceil(tasks.length / 2);
    const left = await computeApart(db, kind, tasks.slice(0, middle), options);
    const right = await computeApart(db, kind, tasks.slice(middle), options);
    return {
      changed: left.changed + right.changed,
      failed: [...left.failed, ...right.failed],
      succeeded: [...left.succeeded, ...right.succeeded],
    };
  }
}

/** Keeps, for each day, how many entities were computed and failed, and how late. */
async function saveFigures(db: Database, kind: TaskKind, step: number, tasks: Task[], failed: number, changed: number): Promise<void> {
  const late = tasks.map(({ lateMs }) => lateMs);
  await sql`
    insert into recalculation_figures as f (day, kind, step, succeeded, changed, failed, late_ms_total, late_ms_most)
    values ((now() at time zone 'UTC')::date, ${kind}, ${step}, ${tasks.length - failed}, ${changed}, ${failed},
            ${late.reduce((sum, ms) => sum + ms, 0)}, ${Math.max(...late)})
    on conflict (day, kind, step) do update set
      succeeded = f.succeeded + excluded.succeeded, changed = f.changed + excluded.changed, failed = f.failed + excluded.failed,
      late_ms_total = f.late_ms_total + excluded.late_ms_total, late_ms_most = greatest(f.late_ms_most, excluded.late_ms_most)`.execute(db);
}

/** Computes what is due, clients before those whose they are; answers how many entities that were. Safe to repeat. */
export async function runDue(db: Database, options: RunOptions): Promise<number> {
  const due = await claimDue(db, options.batch, options.leaseSeconds);
  for (const kind of ['client', 'company', 'contact'] as const) {
    for (const [step, tasks] of Map.groupBy(
      due.filter((task) => task.kind === kind),
      (task) => task.step,
    )) {
      const { changed, failed, succeeded } = await computeApart(db, kind, tasks, options);
      await saveFigures(db, kind, step, tasks, failed.length, changed);
      recordRecalculations({ kind, step, succeeded: succeeded.map(({ lateMs }) => lateMs), failed: failed.length, changed });
    }
  }
  return due.length;
}
