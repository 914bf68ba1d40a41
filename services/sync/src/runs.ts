import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';
import type { ScoreProfile } from './score-profile.ts';

export interface RunRow {
  runId: string;
  /** A source, or the merged table. */
  source: string;
}

export interface RunEnd {
  status: 'succeeded' | 'held' | 'failed';
  modifiedAt: Date | null;
  rowsInSource: number | null;
  rowsRead: number;
  rowsChanged: number;
  rowsQuarantined: number;
  /** What was read, to compare later reads with; null where nothing was. */
  profile: StoredProfile | null;
  /** Whether someone took what changed as right: earlier runs are no measure any more. */
  accepted: boolean;
  problem: string | null;
}

export interface StoredProfile {
  columns: ScoreProfile;
  /** Columns that nobody asked for. */
  unknown: string[];
}

/** The state of a run that has not got anywhere. */
export const notRead = {
  modifiedAt: null,
  rowsInSource: null,
  rowsRead: 0,
  rowsChanged: 0,
  rowsQuarantined: 0,
  profile: null,
  accepted: false,
  problem: null,
};

/** Notes that a run has begun; those that a dead process left running are failed. To be called by the only run there is. */
export async function saveRunStart(db: Database, { runId, source }: RunRow): Promise<void> {
  await sql`
    update sync_run set status = 'failed', finished_at = now(), problem = 'the process ended in the middle'
    where source = ${source} and status = 'running'`.execute(db);
  await sql`
    insert into sync_run (run_id, source, status, started_at) values (${runId}, ${source}, 'running', clock_timestamp())`.execute(db);
}

export async function saveRunEnd(db: Database, { runId, source }: RunRow, end: RunEnd): Promise<void> {
  await sql`
    update sync_run set status = ${end.status}, finished_at = clock_timestamp(), source_modified_at = ${end.modifiedAt},
      rows_in_source = ${end.rowsInSource}, rows_read = ${end.rowsRead}, rows_changed = ${end.rowsChanged},
      rows_quarantined = ${end.rowsQuarantined}, profile = ${end.profile === null ? null : JSON.stringify(end.profile)}::jsonb, accepted = ${end.accepted}, problem = ${end.problem}
    where run_id = ${runId} and source = ${source}`.execute(db);
}

export interface GoodRun {
  rows: number;
  modifiedAt: Date | null;
  profile: StoredProfile | null;
}

/** The last runs that a source passed every guard in, newest first; none from before someone accepted a change. */
export async function findLastGoodRuns(db: Database, source: string, limit = 7): Promise<GoodRun[]> {
  const runs = await db
    .selectFrom('sync_run')
    .select(['rows_in_source', 'source_modified_at', 'profile', 'accepted'])
    .where('source', '=', source)
    .where('status', '=', 'succeeded')
    .orderBy('started_at', 'desc')
    .limit(limit)
    .execute();
  const accepted = runs.findIndex((run) => run.accepted);
  return runs.slice(0, accepted === -1 ? runs.length : accepted + 1).map((run) => ({
    rows: run.rows_in_source ?? 0,
    modifiedAt: run.source_modified_at,
    profile: run.profile as StoredProfile | null,
  }));
}
