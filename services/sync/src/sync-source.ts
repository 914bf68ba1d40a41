import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';
import type { ScoreReader, ScoreTable } from './bigquery.ts';
import { decideColumns } from './decide-columns.ts';
import { type Bounds, decideRead, decideSnapshot, describeReasons, latestScoreAt, type Snapshot } from './decide-hold.ts';
import { createStagedQuarantine, saveQuarantine, stageBadRows } from './quarantine.ts';
import { findLastGoodRuns, type GoodRun, notRead, type RunEnd, type RunRow, saveRunEnd } from './runs.ts';
import { createProfile, decideProfile, type ScoreProfile } from './score-profile.ts';
import { checkRows, columnsOf, type Source } from './sources.ts';

/** More keys than this that several rows have are too many in any case. */
const doubledKeysLimit = 10_000;

export interface SyncOptions {
  run: RunRow;
  now: Date;
  bounds: Bounds;
  pageRows: number;
  /** Takes the source's row count, nulls and means as right, whatever the last good runs had. */
  accept: boolean;
  /** Reads every row even when the source says that nothing changed. */
  full: boolean;
}

export interface SourceEnd extends RunEnd {
  newestAt: Date | null;
}

interface Read {
  rowsRead: number;
  /** Why rows cannot be used, with how many. */
  reasons: Map<string, number>;
  profile: ScoreProfile;
}

/**
 * Copies one source into its table, or holds it and leaves the table as it was. The rows wait in a temporary table of `db`, which is one
 * connection, until every guard has passed; then one transaction makes the table equal to the source and ends the run.
 */
export async function syncSource(
  db: Database,
  reader: ScoreReader,
  source: Source,
  path: string,
  options: SyncOptions,
): Promise<SourceEnd> {
  const { run, now, bounds } = options;
  const table: ScoreTable = { path, key: source.key, columns: columnsOf(source) };
  const lastGood = await findLastGoodRuns(db, source.name);
  const comparable = options.accept ? [] : lastGood;
  let seen: SourceEnd = { ...notRead, status: 'held', accepted: options.accept, newestAt: null };
  const end = async (rest: Partial<RunEnd>, connection = db): Promise<SourceEnd> => {
    const ended = { ...seen, ...rest };
    await saveRunEnd(connection, run, ended);
    return ended;
  };

  const columns = decideColumns(source, await reader.fetchColumns(table));
  if (columns.problem !== null) return end({ problem: columns.problem });
  const before = await reader.fetchSnapshot(table);
  seen = { ...seen, modifiedAt: before.modifiedAt, rowsInSource: before.rows, newestAt: before.newestAt };
  const doubt = decideSnapshot(before, { now, bounds, lastGood: comparable.map(({ rows }) => rows) });
  if (doubt !== null) return end({ problem: doubt });
  if (isUnchanged(before, lastGood[0]) && !options.full) return end({ status: 'succeeded' });

  const read = await stageRows(db, reader, source, table, before, options);
  seen = { ...seen, rowsRead: read.rowsRead, rowsQuarantined: countAll(read.reasons) };
  const after = await reader.fetchSnapshot(table);
  const goodProfiles = comparable.flatMap(({ profile }) => (profile === null ? [] : [profile.columns]));
  const problem = decideRead({ before, after, ...read }, bounds) ?? decideProfile(read.profile, goodProfiles, bounds);
  if (problem !== null) return end({ problem });

  return db.transaction().execute(async (tx) => {
    const rowsChanged = await applyStaged(tx, source, now);
    await saveQuarantine(tx, source.name, run.runId, now);
    const profile = { columns: read.profile, unknown: columns.unknown };
    return end({ status: 'succeeded', rowsChanged, profile, problem: describeNotes(read, columns.unknown, lastGood) }, tx);
  });
}

const countAll = (reasons: ReadonlyMap<string, number>): number => [...reasons.values()].reduce((sum, count) => sum + count, 0);

const isUnchanged = ({ modifiedAt }: Snapshot, last: GoodRun | undefined): boolean =>
  modifiedAt !== null && modifiedAt.getTime() === last?.modifiedAt?.getTime();

/** What a good run has to tell: rows it could not use, and columns that are new in the source. */
function describeNotes({ reasons }: Read, unknown: string[], lastGood: GoodRun[]): string | null {
  const known = new Set(lastGood.find(({ profile }) => profile !== null)?.profile?.unknown ?? []);
  const fresh = unknown.filter((column) => !known.has(column));
  const notes = [
    reasons.size > 0 && `quarantined: ${describeReasons(reasons)}`,
    fresh.length > 0 && `the source has columns that are not read: ${fresh.join(', ')}`,
  ];
  return notes.filter((note) => note !== false).join('; ') || null;
}

/** Reads the source page by page into the temporary tables; memory holds one page. */
async function stageRows(
  db: Database,
  reader: ScoreReader,
  source: Source,
  table: ScoreTable,
  { keyless, doubled }: Snapshot,
  { pageRows, now }: SyncOptions,
): Promise<Read> {
  const columns = sql.join(table.columns.map((column) => sql.ref(column)));
  await sql`drop table if exists staged_score`.execute(db);
  await sql`create temporary table staged_score as select ${columns} from ${sql.table(source.name)} with no data`.execute(db);
  await createStagedQuarantine(db);
  const reasons = new Map<string, number>();
  const count = (reason: string, by: number) => by > 0 && reasons.set(reason, (reasons.get(reason) ?? 0) + by);
  count(`${source.key}: is missing`, keyless);
  count(`${source.key}: another row has it`, doubled);
  if (doubled > 0) {
    const keys = await reader.fetchDoubledKeys(table, doubledKeysLimit);
    await stageBadRows(
      db,
      keys.map((key) => ({ key, reason: `${source.key}: another row has it`, score: {} })),
    );
  }

  const numeric = new Set(table.columns.filter((column) => column !== source.key && column !== 'scored_at'));
  const profile = createProfile(table.columns, numeric);
  let rowsRead = 0;
  for (let after = Number.MIN_SAFE_INTEGER; ; ) {
    const page = await reader.fetchPage(table, after, pageRows);
    const { usable, bad } = checkRows(source, page, latestScoreAt(now));
    for (const { reason } of bad) count(reason, 1);
    profile.add(page);
    rowsRead += page.length;
    await stageBadRows(db, bad);
    await sql`
      insert into staged_score
      select * from jsonb_populate_recordset(null::staged_score, ${JSON.stringify(usable)}::jsonb)`.execute(db);
    if (page.length < pageRows) return { rowsRead, reasons, profile: profile.profile() };
    after = Number(page.at(-1)?.[source.key]);
  }
}

/**
 * Makes the table equal to what is staged, touching only rows that differ. A row whose new score is in quarantine keeps its last good one:
 * its age shows. Answers how many were written or removed.
 */
async function applyStaged(tx: Database, source: Source, now: Date): Promise<number> {
  const target = sql.table(source.name);
  const key = sql.ref(source.key);
  const names = columnsOf(source);
  const columns = sql.join(names.map((name) => sql.ref(name)));
  const old = sql.join(names.map((name) => sql.ref(`t.${name}`)));
  const excluded = sql.join(names.map((name) => sql.ref(`excluded.${name}`)));
  const assignments = sql.join([...names, 'synced_at'].map((name) => sql`${sql.ref(name)} = ${sql.ref(`excluded.${name}`)}`));
  const written = await sql`
    insert into ${target} as t (${columns}, synced_at) select ${columns}, ${now}::timestamptz from staged_score
    on conflict (${key}) do update set ${assignments} where (${old}) is distinct from (${excluded})`.execute(tx);
  const removed = await sql`
    delete from ${target} as t where not exists (select from staged_score s where s.${key} = t.${key})
      and not exists (select from staged_quarantine q where q.key = t.${key})`.execute(tx);
  return Number(written.numAffectedRows) + Number(removed.numAffectedRows);
}
