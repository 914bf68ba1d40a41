import { randomUUID } from 'node:crypto';
import type { Clock } from '@waybill/shared/config';
import type { Database } from '@waybill/shared/db';
import type { PredictionsSynced } from '@waybill/shared/messages';
import { describeError, type Logger, raiseAlert } from '@waybill/shared/telemetry';
import { sql } from 'kysely';
import type { ScoreReader } from './bigquery.ts';
import type { Bounds } from './decide-hold.ts';
import { mergeContacts, mergedTable } from './merge-contacts.ts';
import { notRead, type RunEnd, type RunRow, saveRunEnd, saveRunStart } from './runs.ts';
import { type SourceName, sources } from './sources.ts';
import { syncSource } from './sync-source.ts';

export interface SyncDependencies {
  db: Database;
  reader: ScoreReader;
  clock: Clock;
  log: Logger;
  /** Where each source is in BigQuery: `project.dataset.table`. */
  paths: Record<SourceName, string>;
  bounds: Omit<Bounds, 'maxScoreAgeHours'>;
  maxScoreAgeHours: Record<SourceName, number>;
  pageRows: number;
}

export interface RunRequest {
  /** Sources, or the merged table, whose row count, nulls and means are taken as right in this run. */
  accept: string[];
  full: boolean;
}

export type RunReport =
  | { status: 'already-running' }
  | { status: RunEnd['status']; runId: string; sources: Record<string, RunEnd>; message: PredictionsSynced | null };

/** One sync at a time on a database; the lock goes with the connection, so that a killed process leaves none behind. */
const syncLock = 7_361_002;

/** Syncs every source, then merges the contact scores. The message to publish names the sources that passed every guard; there is none where none did. */
export function runSync(dependencies: SyncDependencies, request: RunRequest): Promise<RunReport> {
  return dependencies.db.connection().execute(async (db) => {
    const { rows } = await sql<{ locked: boolean }>`select pg_try_advisory_lock(${syncLock}::bigint) as locked`.execute(db);
    if (rows[0]?.locked !== true) return { status: 'already-running' };
    try {
      return await runLocked({ ...dependencies, db }, request);
    } finally {
      await sql`select pg_advisory_unlock(${syncLock}::bigint)`.execute(db);
    }
  });
}

async function runLocked(dependencies: SyncDependencies, request: RunRequest): Promise<RunReport> {
  const { db, reader, clock, bounds, maxScoreAgeHours, pageRows, paths } = dependencies;
  const runId = randomUUID();
  const now = clock.now();
  const ends: Record<string, RunEnd> = {};
  const synced: PredictionsSynced['sources'] = [];

  for (const source of sources) {
    const options = {
      ...{ now, pageRows, full: request.full, accept: request.accept.includes(source.name) },
      bounds: { ...bounds, maxScoreAgeHours: maxScoreAgeHours[source.name] },
    };
    ends[source.name] = await attempt(dependencies, { runId, source: source.name }, async (run) => {
      const end = await syncSource(db, reader, source, paths[source.name], { ...options, run });
      if (end.status === 'succeeded')
        synced.push({ source: source.name, rowsChanged: end.rowsChanged, scoredAt: end.newestAt?.toISOString() ?? null });
      return end;
    });
  }
  // Merging one fresh score with one that is held would make a value that no model has said.
  if (ends.contact_cp_score?.status === 'succeeded' && ends.contact_acv_score?.status === 'succeeded') {
    const accept = request.accept.includes(mergedTable);
    const mergedBounds = { ...bounds, maxScoreAgeHours: maxScoreAgeHours.contact_cp_score };
    ends[mergedTable] = await attempt(dependencies, { runId, source: mergedTable }, (run) =>
      mergeContacts(db, { run, now, bounds: mergedBounds, accept }),
    );
  }
  const status = worstOf(Object.values(ends).map((end) => end.status));
  const message: PredictionsSynced = { version: 1, runId, syncedAt: now.toISOString(), sources: synced };
  return { status, runId, sources: ends, message: synced.length > 0 ? message : null };
}

/** Whatever goes wrong in one source is that source's end, and does not keep the others from theirs. */
async function attempt({ db, log }: SyncDependencies, run: RunRow, work: (run: RunRow) => Promise<RunEnd>): Promise<RunEnd> {
  await saveRunStart(db, run);
  const end = await work(run).catch(async (error): Promise<RunEnd> => {
    const failed: RunEnd = { ...notRead, status: 'failed', problem: describeError(error) };
    await saveRunEnd(db, run, failed);
    return failed;
  });
  const { status, rowsRead, rowsChanged, rowsQuarantined } = end;
  log.info({ ...run, status, rowsRead, rowsChanged, rowsQuarantined }, 'source synced');
  if (status !== 'succeeded') raiseAlert(log, { name: `sync-${status}`, source: run.source, detail: end.problem ?? '' });
  else if (end.problem !== null)
    raiseAlert(log, { name: rowsQuarantined > 0 ? 'sync-quarantined' : 'sync-new-columns', source: run.source, detail: end.problem ?? '' });
  return end;
}

function worstOf(statuses: RunEnd['status'][]): RunEnd['status'] {
  if (statuses.includes('failed')) return 'failed';
  return statuses.includes('held') ? 'held' : 'succeeded';
}
