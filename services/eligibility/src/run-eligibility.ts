import { randomUUID } from 'node:crypto';
import { type Destinations, findDestination } from '@waybill/shared/config';
import { conversionSchema, type DecisionReason, parseWith } from '@waybill/shared/conversion';
import type { Database } from '@waybill/shared/db';
import { describeError, type Logger, raiseAlert } from '@waybill/shared/telemetry';
import { sql } from 'kysely';
import { buildConversion, type Destination } from './build-conversion.ts';
import type { ConversionType } from './catalogue.ts';
import { countConsidered, type Decision, decidePage } from './decide.ts';
import { type Decided, savePage } from './save-page.ts';

const pageSize = 2_000;
/** Taken for a run's length, so that two instances decide one after the other. */
const runLock = 7_361_002;

export interface RunReport {
  runId: string;
  considered: number;
  eligible: number;
  reasons: Partial<Record<DecisionReason, number>>;
}

export interface EligibilityOptions {
  catalogue: ConversionType[];
  destinations: Destinations;
  scoresMaxAgeHours: number;
  now: Date;
}

/** An eligible decision with its conversion; one that does not fit the message is kept with that reason and stops nothing. */
function toDecided(type: ConversionType, destination: Destination | null, decision: Decision, log: Logger): Decided {
  if (decision.reason !== 'eligible' || destination === null) return { decision, conversion: null };
  const built = parseWith(conversionSchema, buildConversion(type, decision, destination));
  if (built.ok) return { decision, conversion: built.value };
  log.error({ conversionType: type.name, entity: decision.entity, problem: built.reason }, 'a candidate does not fit the message');
  return { decision: { ...decision, reason: 'malformed' }, conversion: null };
}

async function decideType(
  db: Database,
  log: Logger,
  type: ConversionType,
  runId: string,
  options: EligibilityOptions,
): Promise<DecisionReason[]> {
  const destination = findDestination(options.destinations, type.platform, type.name);
  const { now, scoresMaxAgeHours } = options;
  const reasons: DecisionReason[] = [];
  for (let after = -1; ; ) {
    const page = await decidePage(db, type, { now, scoresMaxAgeHours, hasDestination: destination !== null, after, limit: pageSize });
    if (page.length === 0) return reasons;
    const decided = page.map((decision) => toDecided(type, destination, decision, log));
    await savePage(db, type, decided, runId, now);
    reasons.push(...decided.map(({ decision }) => decision.reason));
    after = page.at(-1)?.entity ?? after;
  }
}

/** Candidates = sum of reasons: what a type considers, counted apart, against the decisions that the run wrote for it. */
async function checkSum(db: Database, log: Logger, type: ConversionType, runId: string, considered: number): Promise<void> {
  const { rows } = await sql<{ count: number }>`
    select count(*) from conversion_decision where conversion_type = ${type.name} and run_id = ${runId}`.execute(db);
  const decided = rows[0]?.count ?? 0;
  if (decided === considered) return;
  raiseAlert(log, {
    name: 'decisions-do-not-add-up',
    conversionType: type.name,
    detail: `${considered} were considered and ${decided} decided; run again, and look into it if it stays`,
  });
}

async function decideAll(db: Database, log: Logger, runId: string, options: EligibilityOptions): Promise<RunReport> {
  await db.insertInto('eligibility_run').values({ run_id: runId, started_at: sql`now()`, evaluated_at: options.now }).execute();
  const reasons: Partial<Record<DecisionReason, number>> = {};
  let considered = 0;
  for (const type of options.catalogue) {
    const ofType = await countConsidered(db, type, options.now);
    const decided = await decideType(db, log, type, runId, options);
    await checkSum(db, log, type, runId, ofType);
    considered += decided.length;
    for (const reason of decided) reasons[reason] = (reasons[reason] ?? 0) + 1;
  }
  const report = { runId, considered, eligible: reasons.eligible ?? 0, reasons };
  await db
    .updateTable('eligibility_run')
    .set({ finished_at: sql`now()`, considered, eligible: report.eligible })
    .where('run_id', '=', runId)
    .execute();
  log.info({ ...report }, 'eligibility decided');
  return report;
}

/** Decides every type of the catalogue at `now`: writes candidates and the latest reason of each considered entity. Running it again writes nothing new. */
export function runEligibility(db: Database, log: Logger, options: EligibilityOptions): Promise<RunReport> {
  const runId = randomUUID();
  return db.connection().execute(async (connection) => {
    await sql`select pg_advisory_lock(${runLock}::bigint)`.execute(connection);
    try {
      return await decideAll(connection, log, runId, options);
    } catch (error) {
      await db
        .updateTable('eligibility_run')
        .set({ problem: describeError(error) })
        .where('run_id', '=', runId)
        .execute();
      throw error;
    } finally {
      await sql`select pg_advisory_unlock(${runLock}::bigint)`.execute(connection).catch(() => undefined);
    }
  });
}
