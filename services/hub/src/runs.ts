import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';

export interface SyncRun {
  runId: string;
  source: string;
  status: string;
  startedAt: Date;
  finishedAt: Date | null;
  /** When the source itself was last written. */
  sourceModifiedAt: Date | null;
  rowsRead: number;
  rowsChanged: number;
  rowsQuarantined: number;
  problem: string | null;
}

export interface EligibilityRun {
  runId: string;
  startedAt: Date;
  finishedAt: Date | null;
  /** Whether everything was decided, not only what changed. */
  isFull: boolean;
  considered: number;
  eligible: number;
  candidates: number;
  corrections: number;
  problem: string | null;
}

export interface Runs {
  sync: SyncRun[];
  eligibility: EligibilityRun[];
}

const syncColumns = sql.raw(`run_id as "runId", source, status, started_at as "startedAt", finished_at as "finishedAt",
  source_modified_at as "sourceModifiedAt", rows_read as "rowsRead", rows_changed as "rowsChanged", rows_quarantined as "rowsQuarantined", problem`);
const eligibilityColumns = sql.raw(
  `run_id as "runId", started_at as "startedAt", finished_at as "finishedAt", is_full as "isFull", considered, eligible, candidates, corrections, problem`,
);

const findEligibility = (db: Database, limit: number) =>
  sql<EligibilityRun>`select ${eligibilityColumns} from eligibility_run order by started_at desc, run_id limit ${limit}`.execute(db);

/** The last runs, newest first: at most `limit` of eligibility and as many of sync (one for each source and run). */
export async function findRuns(db: Database, limit: number): Promise<Runs> {
  const [sync, eligibility] = await Promise.all([
    sql<SyncRun>`select ${syncColumns} from sync_run order by started_at desc, run_id, source limit ${limit}`.execute(db),
    findEligibility(db, limit),
  ]);
  return { sync: sync.rows, eligibility: eligibility.rows };
}

/** The last run of each source, and the last of eligibility. */
export async function findLastRuns(db: Database): Promise<Runs> {
  const [sync, eligibility] = await Promise.all([
    sql<SyncRun>`select distinct on (source) ${syncColumns} from sync_run order by source, started_at desc`.execute(db),
    findEligibility(db, 1),
  ]);
  return { sync: sync.rows, eligibility: eligibility.rows };
}
