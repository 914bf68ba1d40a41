import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';
import type { ScoreReader, ScoreTable } from './bigquery.ts';
import { type Bounds, decideRead, decideSnapshot, describeReasons } from './decide-hold.ts';
import { findLastGoodRun, notRead, type RunEnd, type RunRow, saveRunEnd } from './runs.ts';
import { checkRows, columnsOf, type Source } from './sources.ts';

export interface SyncOptions {
  run: RunRow;
  now: Date;
  bounds: Bounds;
  pageRows: number;
  /** Takes the source's row count as right, whatever the last good run had. */
  acceptRowCount: boolean;
  /** Reads every row even when the source says that nothing changed. */
  full: boolean;
}

export interface SourceEnd extends RunEnd {
  newestAt: Date | null;
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
  const table: ScoreTable = { path, key: source.key, columns: columnsOf(source) };
  const lastGood = await findLastGoodRun(db, source.name);
  const before = await reader.fetchSnapshot(table);
  const previousRows = options.acceptRowCount ? null : (lastGood?.rows ?? null);
  const seen = { ...notRead, modifiedAt: before.modifiedAt, rowsInSource: before.rows, newestAt: before.newestAt };
  const end = async (rest: Partial<RunEnd> & Pick<RunEnd, 'status'>, connection = db): Promise<SourceEnd> => {
    const ended = { ...seen, ...rest };
    await saveRunEnd(connection, options.run, ended);
    return ended;
  };

  const doubt = decideSnapshot(before, { now: options.now, bounds: options.bounds, previousRows });
  if (doubt !== null) return end({ status: 'held', problem: doubt });
  const isUnchanged = before.modifiedAt !== null && before.modifiedAt.getTime() === lastGood?.modifiedAt?.getTime();
  if (isUnchanged && !options.full) return end({ status: 'succeeded' });

  const { rowsRead, reasons } = await stageRows(db, reader, source, table, options.pageRows);
  const rowsQuarantined = [...reasons.values()].reduce((sum, count) => sum + count, 0);
  const counted = { rowsRead, rowsQuarantined };
  const after = await reader.fetchSnapshot(table);
  const problem = decideRead({ before, after, rowsRead, reasons }, options.bounds);
  if (problem !== null) return end({ ...counted, status: 'held', problem });

  return db.transaction().execute(async (tx) => {
    const rowsChanged = await applyStaged(tx, source, options.now);
    const note = rowsQuarantined === 0 ? null : `quarantined: ${describeReasons(reasons)}`;
    return end({ ...counted, status: 'succeeded', rowsChanged, problem: note }, tx);
  });
}

/** Reads the source page by page into the temporary table; memory holds one page. */
async function stageRows(db: Database, reader: ScoreReader, source: Source, table: ScoreTable, pageRows: number) {
  const columns = sql.join(table.columns.map((column) => sql.ref(column)));
  await sql`drop table if exists staged_score`.execute(db);
  await sql`create temporary table staged_score as select ${columns} from ${sql.table(source.name)} with no data`.execute(db);
  const reasons = new Map<string, number>();
  let rowsRead = 0;
  for (let after = Number.MIN_SAFE_INTEGER; ; ) {
    const page = await reader.fetchPage(table, after, pageRows);
    const checked = checkRows(source, page);
    for (const reason of checked.reasons) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    rowsRead += page.length;
    await sql`
      insert into staged_score
      select * from jsonb_populate_recordset(null::staged_score, ${JSON.stringify(checked.usable)}::jsonb)`.execute(db);
    if (page.length < pageRows) return { rowsRead, reasons };
    after = Number(page.at(-1)?.[source.key]);
  }
}

/** Makes the table equal to what is staged, touching only rows that differ. Answers how many were written or removed. */
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
    delete from ${target} as t where not exists (select from staged_score s where s.${key} = t.${key})`.execute(tx);
  return Number(written.numAffectedRows) + Number(removed.numAffectedRows);
}
