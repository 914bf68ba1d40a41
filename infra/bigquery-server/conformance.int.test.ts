import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { finished } from 'node:stream/promises';
import type { BigQuery, Dataset, Table } from '@google-cloud/bigquery';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { localBigQuery } from './local-bigquery.ts';
import { type BigQueryServer, startBigQueryServer } from './server.ts';

const projectId = 'ct-data-science-v2';
const schema = [
  { name: 'id', type: 'INT64', mode: 'REQUIRED' },
  { name: 'name', type: 'STRING' },
  { name: 'score', type: 'FLOAT64' },
  { name: 'amount', type: 'NUMERIC' },
  { name: 'active', type: 'BOOL' },
  { name: 'scored_at', type: 'TIMESTAMP' },
  { name: 'day', type: 'DATE' },
  { name: 'tags', type: 'STRING', mode: 'REPEATED' },
  {
    name: 'address',
    type: 'RECORD',
    fields: [
      { name: 'zip', type: 'INT64' },
      { name: 'lines', type: 'STRING', mode: 'REPEATED' },
    ],
  },
  {
    name: 'visits',
    type: 'RECORD',
    mode: 'REPEATED',
    fields: [
      { name: 'at', type: 'TIMESTAMP' },
      { name: 'value', type: 'NUMERIC' },
    ],
  },
];
const fullRow = {
  id: 1,
  name: "O'Neil",
  score: 0.1,
  amount: '12345678901234567890.123456789',
  active: true,
  scored_at: '2026-01-01T00:00:00.123456Z',
  day: '2026-01-01',
  tags: ['a', 'b'],
  address: { zip: 12345, lines: ['x', 'y'] },
  visits: [
    { at: '2026-01-02T03:04:05.000001Z', value: '0.5' },
    { at: null, value: null },
  ],
};
/** The same row as the client's value classes hold it: nine digits in a timestamp, and a Big in a NUMERIC. */
const fullRowRead = {
  ...fullRow,
  scored_at: { value: '2026-01-01T00:00:00.123456000Z' },
  day: { value: '2026-01-01' },
  visits: [
    { at: { value: '2026-01-02T03:04:05.000001000Z' }, value: '0.5' },
    { at: null, value: null },
  ],
};
/** The values without their classes. */
const plain = (value: unknown) => JSON.parse(JSON.stringify(value));
const caught = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error) => error,
  );

let server: BigQueryServer;
let bigQuery: BigQuery;
let dataset: Dataset;
let tables = 0;

beforeAll(async () => {
  server = await startBigQueryServer({ port: 0 });
  bigQuery = localBigQuery({ url: server.url, projectId });
  [dataset] = await bigQuery.createDataset('cp');
});
afterAll(() => server.stop());

async function createTable(
  fields: object[] = [{ name: 'id', type: 'INT64' }],
  rows: object[] = [],
): Promise<{ table: Table; path: string }> {
  tables += 1;
  const [table] = await dataset.createTable(`table_${tables}`, { schema: { fields } });
  if (rows.length > 0) await table.insert(rows);
  return { table, path: `\`${projectId}.cp.${table.id}\`` };
}
const numbered = (count: number) => Array.from({ length: count }, (_, index) => ({ id: index + 1 }));

describe('Datasets and tables', () => {
  it('are created, found, listed and deleted', async () => {
    const [created] = await bigQuery.createDataset('acv', { labels: { team: 'growth' } });
    await created.createTable('scores', { schema: { fields: schema } });
    expect((await bigQuery.getDatasets())[0].map(({ id }) => id)).toEqual(['acv', 'cp']);
    expect((await created.getMetadata())[0]).toMatchObject({
      labels: { team: 'growth' },
      datasetReference: { projectId, datasetId: 'acv' },
    });
    expect((await created.getTables())[0].map(({ id }) => id)).toEqual(['scores']);
    expect(await caught(created.delete())).toMatchObject({ code: 400, errors: [{ reason: 'resourceInUse' }] });
    await created.delete({ force: true });
    expect(await created.exists()).toEqual([false]);
  });

  it('of one name in two projects are two', async () => {
    const other = localBigQuery({ url: server.url, projectId: 'ct-dbt' });
    const [otherDataset] = await other.createDataset('cp');
    await otherDataset.createTable('only_here', { schema: { fields: [{ name: 'id', type: 'INT64' }] } });
    expect(await dataset.table('only_here').exists()).toEqual([false]);
    expect(await bigQuery.query('SELECT id FROM `ct-dbt.cp.only_here`')).toEqual([[], expect.anything(), expect.anything()]);
  });

  it('tell their schema in the names of the REST API', async () => {
    const { table } = await createTable(schema);
    const [{ schema: told }] = await table.getMetadata();
    expect(told.fields.map(({ name, type, mode }: Record<string, string>) => [name, type, mode])).toEqual([
      ['id', 'INTEGER', 'REQUIRED'],
      ['name', 'STRING', 'NULLABLE'],
      ['score', 'FLOAT', 'NULLABLE'],
      ['amount', 'NUMERIC', 'NULLABLE'],
      ['active', 'BOOLEAN', 'NULLABLE'],
      ['scored_at', 'TIMESTAMP', 'NULLABLE'],
      ['day', 'DATE', 'NULLABLE'],
      ['tags', 'STRING', 'REPEATED'],
      ['address', 'RECORD', 'NULLABLE'],
      ['visits', 'RECORD', 'REPEATED'],
    ]);
    expect(told.fields[9].fields).toEqual([expect.objectContaining({ name: 'at' }), expect.objectContaining({ type: 'NUMERIC' })]);
  });

  it('tell their rows and the time of their last change', async () => {
    const { table, path } = await createTable();
    const [before] = await table.getMetadata();
    await table.insert(numbered(3));
    const [inserted] = await table.getMetadata();
    await bigQuery.query(`DELETE FROM ${path} WHERE id = 1`);
    const [deleted] = await table.getMetadata();
    expect([before.numRows, inserted.numRows, deleted.numRows]).toEqual(['0', '3', '2']);
    const times = [before, inserted, deleted].map(({ lastModifiedTime }) => Number(lastModifiedTime));
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
    expect(new Set([before.etag, inserted.etag, deleted.etag]).size).toBe(3);
    expect(deleted.creationTime).toBe(before.creationTime);
  });

  it('list their columns in INFORMATION_SCHEMA', async () => {
    const { table } = await createTable(schema);
    const sql = `SELECT column_name, data_type, is_nullable FROM \`${projectId}.cp\`.INFORMATION_SCHEMA.COLUMNS`;
    const [columns] = await bigQuery.query({
      query: `${sql} WHERE table_name = @table ORDER BY ordinal_position`,
      params: { table: table.id },
    });
    expect(columns[0]).toEqual({ column_name: 'id', data_type: 'INT64', is_nullable: 'NO' });
    expect(columns[9]).toEqual({ column_name: 'visits', data_type: 'ARRAY<STRUCT<at TIMESTAMP, value NUMERIC>>', is_nullable: 'YES' });
  });
});

describe('Streamed rows', () => {
  it('come back with every type through a query', async () => {
    const { path } = await createTable(schema, [fullRow]);
    expect(plain((await bigQuery.query(`SELECT * FROM ${path}`))[0])).toEqual([fullRowRead]);
  });

  it('come back with every type through the table', async () => {
    const { table } = await createTable(schema, [fullRow]);
    expect(plain((await table.getRows())[0])).toEqual([fullRowRead]);
  });

  it('may leave out all that is not required', async () => {
    const { table } = await createTable(schema, [{ id: 2 }]);
    const [[row]] = await table.getRows();
    expect(row).toMatchObject({ id: 2, name: null, amount: null, address: null, tags: [], visits: [] });
  });

  it.each([
    { sentence: 'has a wrong type', row: { id: 'many' }, message: 'Cannot convert value to INT64 (bad value): many' },
    { sentence: 'has an unknown field', row: { id: 9, color: 'red' }, message: 'no such field: color.' },
  ])('are all refused when one $sentence', async ({ row, message }) => {
    const { table } = await createTable();
    const error = await caught(table.insert([{ id: 1 }, row], { partialRetries: 0 }));
    expect(error).toMatchObject({ name: 'PartialFailureError' });
    expect(error.errors.map((failure: { errors: unknown[] }) => failure.errors[0])).toEqual([
      { reason: 'stopped', message: '' },
      { reason: 'invalid', message },
    ]);
    expect((await table.getMetadata())[0].numRows).toBe('0');
  });

  it('are accepted but for the bad ones with skipInvalidRows', async () => {
    const { table } = await createTable();
    const rows = [{ id: 1 }, { id: 'many' }, { id: 3 }, { color: 'red' }];
    const error = await caught(table.insert(rows, { skipInvalidRows: true, partialRetries: 0 }));
    expect(error.errors.map((failure: { row: unknown }) => failure.row)).toEqual([rows[1], rows[3]]);
    expect((await table.getRows())[0]).toEqual([{ id: 1 }, { id: 3 }]);
  });

  it('lose unknown fields with ignoreUnknownValues', async () => {
    const { table } = await createTable();
    await table.insert([{ id: 1, color: 'red' }], { ignoreUnknownValues: true });
    expect((await table.getRows())[0]).toEqual([{ id: 1 }]);
  });
});

describe('Query parameters', () => {
  const big = '9007199254740993';
  it.each<{ sentence: string; query: string; params?: unknown; types?: unknown; row: object }>([
    { sentence: 'by name', query: 'SELECT @a AS a, @b AS b', params: { a: 'x', b: 2 }, row: { a: 'x', b: 2 } },
    { sentence: 'by position', query: 'SELECT ? AS a, ? AS b', params: ['x', 1.5], row: { a: 'x', b: 1.5 } },
    {
      sentence: 'that are lists',
      query: 'SELECT 2 IN UNNEST(@ids) AS a, 4 IN UNNEST(@ids) AS b',
      params: { ids: [1, 2] },
      row: { a: true, b: false },
    },
    { sentence: 'that are lists by position', query: 'SELECT 4 NOT IN UNNEST(?) AS a', params: [[1, 2]], row: { a: true } },
    { sentence: 'that are lists as a value', query: 'SELECT @ids AS ids', params: { ids: ['x', 'y'] }, row: { ids: ['x', 'y'] } },
    { sentence: 'that are structs', query: 'SELECT @s AS s', params: { s: { a: 1, b: ['x'] } }, row: { s: { a: 1, b: ['x'] } } },
    { sentence: 'that are null', query: 'SELECT @a IS NULL AS a', params: { a: null }, types: { a: 'STRING' }, row: { a: true } },
    {
      sentence: 'that are empty lists',
      query: 'SELECT 1 IN UNNEST(@a) AS a',
      params: { a: [] },
      types: { a: ['INT64'] },
      row: { a: false },
    },
    { sentence: 'of a given type', query: 'SELECT @a AS a', params: { a: '1.10' }, types: { a: 'NUMERIC' }, row: { a: '1.1' } },
    { sentence: 'beyond the doubles', query: `SELECT @a = ${big} AS a`, params: { a: big }, types: { a: 'INT64' }, row: { a: true } },
    { sentence: 'with quotes', query: 'SELECT @a AS a', params: { a: `'"\`@a` }, row: { a: `'"\`@a` } },
  ])('$sentence', async ({ sentence: _, row, ...query }) => {
    expect(plain((await bigQuery.query(query as { query: string }))[0])).toEqual([row]);
  });

  it('keep the microseconds of a timestamp', async () => {
    const { path } = await createTable(schema, [fullRow]);
    const after = async (value: string) => {
      const query = `SELECT id FROM ${path} WHERE scored_at > @after`;
      return (await bigQuery.query({ query, params: { after: bigQuery.timestamp(value) } }))[0].length;
    };
    expect([await after('2026-01-01T00:00:00.123455Z'), await after('2026-01-01T00:00:00.123456Z')]).toEqual([1, 0]);
  });
});

describe('Results', () => {
  it.each([
    { sentence: 'integers of a sum', query: 'SELECT SUM(x) AS x FROM (SELECT 1 AS x UNION ALL SELECT 2)', row: { x: 3 } },
    { sentence: 'floats of a literal', query: 'SELECT 0.5 AS x', row: { x: 0.5 } },
    { sentence: 'BigQuery names for columns without one', query: 'SELECT COUNT(*), 1 AS x, MAX(2)', row: { f0_: 1, x: 1, f1_: 2 } },
    { sentence: 'types that are cast', query: "SELECT CAST('1.5' AS FLOAT64) AS x, CAST(2 AS STRING) AS y", row: { x: 1.5, y: '2' } },
    {
      sentence: 'timestamps in UTC',
      query: "SELECT TIMESTAMP '2026-01-01 00:00:00' AS x",
      row: { x: { value: '2026-01-01T00:00:00.000Z' } },
    },
  ])('are $sentence', async ({ query, row }) => {
    expect(plain((await bigQuery.query(query))[0])).toEqual([row]);
  });

  it('come in pages of maxResults, the same whatever is written meanwhile', async () => {
    const { table, path } = await createTable(undefined, numbered(25));
    const [job] = await bigQuery.createQueryJob(`SELECT id FROM ${path} ORDER BY id DESC`);
    const pages: number[][] = [];
    let request: object | null = { maxResults: 10, autoPaginate: false };
    while (request) {
      const [rows, next] = (await job.getQueryResults(request)) as unknown as [{ id: number }[], object | null];
      pages.push(rows.map(({ id }) => id));
      await table.insert({ id: 100 + pages.length });
      request = next;
    }
    expect(pages.map((page) => page.length)).toEqual([10, 10, 5]);
    expect(pages.flat()).toEqual(numbered(25).map(({ id }) => 26 - id));
  });

  it('of more rows than a page holds are followed to the end', async () => {
    const { path } = await createTable(undefined, numbered(12_000));
    const [rows] = await bigQuery.query(`SELECT id FROM ${path} ORDER BY id`);
    expect([rows.length, rows[0], rows.at(-1)]).toEqual([12_000, { id: 1 }, { id: 12_000 }]);
  });

  it('of key-set pages are one page each', async () => {
    const { path } = await createTable(undefined, numbered(25_000));
    const sizes: number[] = [];
    for (let after = 0; ; ) {
      const query = `SELECT id FROM ${path} WHERE id > @after ORDER BY id LIMIT 10000`;
      const [rows] = await bigQuery.query({ query, params: { after } }, { autoPaginate: false });
      if (rows.length === 0) break;
      sizes.push(rows.length);
      after = rows.at(-1).id;
    }
    expect(sizes).toEqual([10_000, 10_000, 5_000]);
  });

  it('of a table come in pages of the chosen fields', async () => {
    const { table } = await createTable(schema, [fullRow, { id: 2, name: 'second' }]);
    const [first, next] = (await table.getRows({ maxResults: 1, autoPaginate: false, selectedFields: 'name' })) as unknown as [
      object[],
      object,
    ];
    const [second, end] = await table.getRows({ ...next, selectedFields: 'name' });
    expect([first, second, end]).toEqual([[{ name: "O'Neil" }], [{ name: 'second' }], null]);
  });

  it('can be streamed', async () => {
    const { path } = await createTable(undefined, numbered(12_000));
    const rows = await bigQuery.createQueryStream(`SELECT id FROM ${path} ORDER BY id`).toArray();
    expect(rows).toEqual(numbered(12_000));
  });

  it('of a change are the number of rows it changed', async () => {
    const { table, path } = await createTable(undefined, numbered(4));
    const [job] = await bigQuery.createQueryJob(`UPDATE ${path} SET id = id + 10 WHERE id > 1`);
    expect((await job.getMetadata())[0].statistics.query).toMatchObject({ statementType: 'UPDATE', numDmlAffectedRows: '3' });
    expect((await table.getRows())[0].map(({ id }) => id).sort((a, b) => a - b)).toEqual([1, 12, 13, 14]);
  });

  it('read a table by its name alone within its dataset', async () => {
    const { table } = await createTable(undefined, numbered(2));
    expect((await dataset.query({ query: `SELECT COUNT(*) AS n FROM ${table.id}` }))[0]).toEqual([{ n: 2 }]);
  });

  it('are kept apart for queries at the same time', async () => {
    const answers = await Promise.all(numbered(20).map(({ id }) => bigQuery.query({ query: 'SELECT @id AS id', params: { id } })));
    expect(answers.map(([rows]) => rows[0])).toEqual(numbered(20));
  });
});

describe('A dry run', () => {
  it('tells the schema and runs nothing', async () => {
    const { table, path } = await createTable(undefined, numbered(2));
    const [selected] = await bigQuery.createQueryJob({ query: `SELECT id, @x AS x FROM ${path}`, params: { x: 'y' }, dryRun: true });
    expect(selected.metadata.statistics.query.schema.fields).toMatchObject([
      { name: 'id', type: 'INTEGER' },
      { name: 'x', type: 'STRING' },
    ]);
    await bigQuery.createQueryJob({ query: `DELETE FROM ${path} WHERE id > 0`, dryRun: true });
    expect((await table.getMetadata())[0].numRows).toBe('2');
    expect(await selected.exists()).toEqual([false]);
  });

  it('refuses what a run would refuse', async () => {
    expect(await caught(bigQuery.createQueryJob({ query: 'SELEC 1', dryRun: true }))).toMatchObject({ code: 400 });
  });
});

describe('A refusal', () => {
  it.each<{ sentence: string; run: () => Promise<unknown>; code: number; reason: string; message: RegExp }>([
    { sentence: 'a query that is no SQL', run: () => bigQuery.query('SELEC 1'), code: 400, reason: 'invalidQuery', message: /SELEC/ },
    {
      sentence: 'an unknown column',
      run: () => bigQuery.query('SELECT nope FROM (SELECT 1 AS x)'),
      code: 400,
      reason: 'invalidQuery',
      message: /nope/,
    },
    {
      sentence: 'a missing parameter',
      run: () => bigQuery.query('SELECT @a'),
      code: 400,
      reason: 'invalidQuery',
      message: /'a' not found/,
    },
    { sentence: 'two statements', run: () => bigQuery.query('SELECT 1; SELECT 2'), code: 400, reason: 'invalidQuery', message: /./ },
    {
      sentence: 'a statement of DuckDB',
      run: () => bigQuery.query('SET threads = 1'),
      code: 400,
      reason: 'invalidQuery',
      message: /SELECT/,
    },
    {
      sentence: "a file of the server's",
      run: () => bigQuery.query("SELECT * FROM read_csv('/etc/hosts')"),
      code: 400,
      reason: 'invalidQuery',
      message: /disabled/,
    },
    {
      sentence: 'a table that is not there',
      run: () => bigQuery.query('SELECT 1 FROM `cp.nope`'),
      code: 404,
      reason: 'notFound',
      message: /^Not found: Table ct-data-science-v2:cp.nope/,
    },
    {
      sentence: 'a dataset that is not there',
      run: () => bigQuery.query('SELECT 1 FROM `a-b.nope.t`'),
      code: 404,
      reason: 'notFound',
      message: /^Not found: Dataset a-b:nope/,
    },
    {
      sentence: 'metadata of no table',
      run: () => dataset.table('nope').getMetadata(),
      code: 404,
      reason: 'notFound',
      message: /Table ct-data-science-v2:cp.nope/,
    },
    { sentence: 'rows for no table', run: () => dataset.table('nope').insert({ id: 1 }), code: 404, reason: 'notFound', message: /Table/ },
    { sentence: 'a job that never was', run: () => bigQuery.job('nope').getQueryResults(), code: 404, reason: 'notFound', message: /Job/ },
    {
      sentence: 'a dataset twice',
      run: () => bigQuery.createDataset('cp'),
      code: 409,
      reason: 'duplicate',
      message: /^Already Exists: Dataset/,
    },
    {
      sentence: 'a type that is not carried',
      run: () => createTable([{ name: 'x', type: 'GEOGRAPHY' }]),
      code: 400,
      reason: 'invalid',
      message: /GEOGRAPHY/,
    },
    {
      sentence: 'a page token of another',
      run: () => dataset.table('table_1').getRows({ pageToken: 'x' }),
      code: 400,
      reason: 'invalid',
      message: /token/,
    },
  ])('of $sentence has the shape of BigQuery', async ({ run, code, reason, message }) => {
    expect(await caught(run())).toMatchObject({ code, errors: [{ reason, message: expect.stringMatching(message) }] });
  });

  it('of a query job is part of the job', async () => {
    const error = await caught(bigQuery.createQueryJob({ query: 'SELECT nope', jobId: 'failing' }));
    expect(error).toMatchObject({ errors: [{ reason: 'invalidQuery' }] });
    const [{ status }] = await bigQuery.job('failing').getMetadata();
    expect(status).toMatchObject({ state: 'DONE', errorResult: { reason: 'invalidQuery' } });
  });
});

describe('A load of newline-delimited JSON', () => {
  async function load(table: Table, rows: unknown[], metadata: object = {}) {
    const stream = table.createWriteStream({ sourceFormat: 'NEWLINE_DELIMITED_JSON', ...metadata });
    const complete = once(stream, 'complete');
    stream.end(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    await Promise.race([complete, finished(stream)]);
  }

  it('appends typed rows', async () => {
    const { table } = await createTable(schema, [{ id: 2 }]);
    await load(table, [{ ...fullRow, name: 'a\u2028b' }]);
    expect(plain((await table.getRows())[0])[1]).toEqual({ ...fullRowRead, name: 'a\u2028b' });
  });

  it('creates the table of its schema', async () => {
    const table = dataset.table('loaded');
    await load(table, numbered(5_000), { schema: { fields: [{ name: 'id', type: 'INT64' }] } });
    expect((await table.getMetadata())[0].numRows).toBe('5000');
  });

  it('takes the place of the rows with WRITE_TRUNCATE', async () => {
    const { table } = await createTable(undefined, numbered(3));
    await load(table, [{ id: 7 }], { writeDisposition: 'WRITE_TRUNCATE' });
    expect((await table.getRows())[0]).toEqual([{ id: 7 }]);
  });

  it('of one bad row loads nothing', async () => {
    const { table } = await createTable(undefined, numbered(3));
    const rows = [...numbered(4_000), { id: 'many' }];
    const error = await caught(load(table, rows, { writeDisposition: 'WRITE_TRUNCATE' }));
    expect(error).toMatchObject({ errors: [{ reason: 'invalid', message: expect.stringContaining('row 4001') }] });
    expect((await table.getMetadata())[0].numRows).toBe('3');
  });
});

describe('A server with a folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bigquery-server-'));
  const processes: ReturnType<typeof spawn>[] = [];
  afterAll(() => {
    for (const child of processes) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  async function start(port = 0) {
    const main = join(import.meta.dirname, 'main.ts');
    const child = spawn(process.execPath, [main, '--port', String(port), '--folder', folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    processes.push(child);
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    const [, url = ''] = /^listening on (http:\/\/127\.0\.0\.1:\d+)$/.exec(line) ?? [];
    const kill = async (signal: 'SIGKILL' | 'SIGTERM') => {
      child.kill(signal);
      return (await once(child, 'exit'))[0] as number | null;
    };
    return { url, kill, client: localBigQuery({ url, projectId }) };
  }

  it('keeps every acknowledged row through kill -9, and ends cleanly on SIGTERM', async () => {
    const first = await start();
    await first.client.createDataset('cp');
    const [table] = await first.client.dataset('cp').createTable('kept', { schema: { fields: schema } });
    await table.insert([fullRow]);
    const [before] = await table.getMetadata();
    await first.kill('SIGKILL');
    const second = await start();
    const kept = second.client.dataset('cp').table('kept');
    expect(plain((await kept.getRows())[0])).toEqual([fullRowRead]);
    expect((await kept.getMetadata())[0]).toEqual(before);
    await kept.insert({ id: 2 });
    expect(await second.kill('SIGTERM')).toBe(0);
    const third = await start();
    expect((await third.client.query('SELECT COUNT(*) AS n FROM `cp.kept`'))[0]).toEqual([{ n: 2 }]);
    await third.kill('SIGTERM');
  });

  it('takes the next port when its own is taken', async () => {
    const other = await startBigQueryServer({ port: server.port });
    expect(other.port).toBeGreaterThan(server.port);
    await other.stop();
  });
});
