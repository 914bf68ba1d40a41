import { randomUUID } from 'node:crypto';
import type { Destinations } from '@waybill/shared/config';
import type { DecisionReason } from '@waybill/shared/conversion';
import type { Database } from '@waybill/shared/db';
import { describeError, type Logger, raiseAlert } from '@waybill/shared/telemetry';
import { sql } from 'kysely';
import { saveCorrections } from './candidates/corrections.ts';
import { saveCandidates } from './candidates/save-candidates.ts';
import { toCandidates } from './candidates/to-candidates.ts';
import type { ConversionType } from './catalogue/index.ts';
import { fillConsidered, type Grain } from './decide/considered.ts';
import { createPageTables, fillDecided } from './decide/decided.ts';
import { amendDecided, countReasons, findNewlyEligible, type ReasonCounts, saveDecisions } from './decide/decisions.ts';
import { fillPendingEntities, findPendingPage } from './decide/pending-entities.ts';
import { type Rule, toRules } from './decide/rule.ts';
import { saveScorePeaks } from './decide/score-peaks.ts';
import { findChangeHorizon, findHeldSources, forgetChanges, type Pass, planPasses, saveProgress } from './progress.ts';

const pageEntities = 2_000;
/** Taken for a run's length, so that two instances decide one after the other. */
const runLock = 7_361_003;

export interface RunReport {
  runId: string;
  /** Whether everything was decided, not only what changed. */
  isFull: boolean;
  entities: number;
  considered: number;
  eligible: number;
  /** Candidates that were written; what is eligible and has one is not written again. */
  candidates: number;
  /** Restatements and retractions that were written. */
  corrections: number;
  reasons: ReasonCounts;
  heldSources: string[];
}

export interface EligibilityOptions {
  catalogue: ConversionType[];
  destinations: Destinations;
  scoresMaxAgeHours: number;
  now: Date;
}

function addReasons(report: RunReport, reasons: ReasonCounts): void {
  for (const [reason, count] of Object.entries(reasons) as [DecisionReason, number][])
    report.reasons[reason] = (report.reasons[reason] ?? 0) + count;
}

/** Candidates = sum of reasons: what was considered, against the decisions that were written for it. */
function checkSum(log: Logger, grain: Grain, page: number[], considered: number, decided: number): void {
  if (considered === decided) return;
  raiseAlert(log, {
    name: 'decisions-do-not-add-up',
    detail: `${considered} were considered and ${decided} decided, from ${grain} ${page[0]} to ${page.at(-1)}; look into it, a run must decide each once`,
  });
}

/** Decides one page of entities for all rules of their grain: decisions and candidates in one transaction. */
async function decidePage(
  db: Database,
  log: Logger,
  rules: Rule[],
  grain: Grain,
  page: number[],
  options: EligibilityOptions,
  report: RunReport,
) {
  await db.transaction().execute(async (tx) => {
    // A page's rows are few among many and found by index; the server's own guess is for disks that turn.
    await sql`set local random_page_cost = 1.1`.execute(tx);
    const considered = await fillConsidered(tx, rules, grain, page, { now: options.now, backHours: null });
    await fillDecided(tx, rules, grain, options);
    const { candidates, amended } = toCandidates(rules, await findNewlyEligible(tx, rules), log);
    await amendDecided(tx, amended);
    const saved = await saveDecisions(tx, rules, grain, options.now);
    checkSum(log, grain, page, considered, saved);
    report.considered += considered;
    report.candidates += await saveCandidates(tx, candidates, options.now);
    report.corrections += await saveCorrections(tx, rules, options.now);
    addReasons(report, await countReasons(tx));
  });
}

async function decidePass(db: Database, log: Logger, { rules, evaluatedAt }: Pass, options: EligibilityOptions, report: RunReport) {
  await saveScorePeaks(db, rules, evaluatedAt === null ? 'all' : 'changed');
  const since = evaluatedAt === null ? null : { evaluatedAt, scoresMaxAgeHours: options.scoresMaxAgeHours };
  for (const [grain, ofGrain] of Map.groupBy(rules, ({ type }) => type.grain)) {
    report.entities += await fillPendingEntities(db, ofGrain, grain, { now: options.now, backHours: null }, since);
    for (let page = await findPendingPage(db, 0, pageEntities); page.length > 0; ) {
      await decidePage(db, log, ofGrain, grain, page, options, report);
      page = await findPendingPage(db, page.at(-1) as number, pageEntities);
    }
  }
}

async function decideAll(db: Database, log: Logger, runId: string, options: EligibilityOptions): Promise<RunReport> {
  await db.insertInto('eligibility_run').values({ run_id: runId, started_at: sql`now()`, evaluated_at: options.now }).execute();
  const heldSources = await findHeldSources(db);
  const rules = toRules(options.catalogue, options.destinations, heldSources);
  const passes = await planPasses(db, rules, options);
  const isFull = passes.every(({ evaluatedAt }) => evaluatedAt === null);
  if (isFull) await forgetChanges(db);
  const horizon = await findChangeHorizon(db);
  await createPageTables(db);

  const report: RunReport = {
    runId,
    isFull,
    entities: 0,
    considered: 0,
    eligible: 0,
    candidates: 0,
    corrections: 0,
    reasons: {},
    heldSources: [...heldSources],
  };
  for (const pass of passes) await decidePass(db, log, pass, options, report);
  await saveProgress(db, rules, { ...options, horizon });

  report.eligible = report.reasons.eligible ?? 0;
  const { entities, considered, eligible, candidates, corrections } = report;
  await db
    .updateTable('eligibility_run')
    .set({ finished_at: sql`now()`, entities, considered, eligible, candidates, corrections, is_full: isFull })
    .where('run_id', '=', runId)
    .execute();
  log.info({ ...report }, 'eligibility decided');
  return report;
}

/**
 * Decides the catalogue at `now`: writes candidates and the latest reason of each considered entity. It decides what changed since the
 * last run, or everything where a rule, a destination or a held source is another. Running it again writes nothing new.
 */
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
