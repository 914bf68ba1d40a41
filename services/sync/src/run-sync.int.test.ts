import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createClock } from '@waybill/shared/config';
import { connect, type Database } from '@waybill/shared/db';
import { predictionsSyncedSchema, topics } from '@waybill/shared/messages';
import { connectPubsub } from '@waybill/shared/pubsub';
import { createLogger } from '@waybill/shared/telemetry';
import { sql } from 'kysely';
import { localBigQuery } from '../../../infra/bigquery-server/local-bigquery.ts';
import { type BigQueryServer, startBigQueryServer } from '../../../infra/bigquery-server/server.ts';
import { createTestDatabase } from '../../../infra/local/test-database.ts';
import { startPubsubServer } from '../../../infra/pubsub-server/server.ts';
import { connectBigQuery, type ScoreReader } from './bigquery.ts';
import { findMergeProblem } from './merge-contacts.ts';
import { runSync, type SyncDependencies } from './run-sync.ts';
import { columnsOf, type SourceName, sources } from './sources.ts';

const now = '2026-11-20T10:00:00.000Z';
const scored_at = '2026-11-20T08:00:00.123456Z';
const bounds = { minRowShare: 0.7, maxRowShare: 2, maxQuarantinedShare: 0.01, maxNullShareRise: 0.05, maxMeanFactor: 3 };
const maxScoreAgeHours = { company_conversion_probability: 26, contact_cp_score: 26, contact_acv_score: 26 };
const paths: Record<SourceName, string> = {
  company_conversion_probability: 'ct-dbt.stg.stg_ds_to_de_cp',
  contact_cp_score: 'ct-data-science-v2.cp.ds_cp_contact_table_score',
  contact_acv_score: 'ct-data-science-v2.acv.ds_acv_contact_table_score',
};
const typeOf = (column: string) => {
  if (column === 'scored_at') return 'TIMESTAMP';
  if (/arpu|acv/.test(column)) return 'NUMERIC';
  return /company|contact_id|employees/.test(column) ? 'INT64' : 'FLOAT64';
};

const companyRow = (company: number) => ({
  company,
  cp1: 0.25,
  cp1_arpu: '120.50',
  cp3: 0.5,
  cp3_arpu: '360',
  employees_range_min: 11,
  employees_range_max: 50,
  scored_at,
});
const cpRow = (contact_id: number) => ({
  contact_id,
  combined1_conversion_probability_predicted: 0.1,
  combined3_conversion_probability_predicted: 0.3,
  cp1_signup_first: 0.2,
  cp3_signup_first: 0.4,
  book_a_demo_1_probability: 0.05,
  book_a_demo_3_probability: 0.125,
  scored_at,
});
const acvRow = (contact_id: number) => ({ contact_id, acv: '1234.5678', scored_at });
const many = <T>(count: number, row: (id: number) => T) => Array.from({ length: count }, (_, index) => row(index + 1));

let server: BigQueryServer;
let database: { url: string; drop(): Promise<void> };
let db: Database;
let dependencies: SyncDependencies;

const tableOf = (name: SourceName) => {
  const [projectId = '', dataset = '', table = ''] = paths[name].split('.');
  return localBigQuery({ url: server.url, projectId }).dataset(dataset).table(table);
};
/** Makes the source hold these rows and no others, as a model's run does. */
async function score(name: SourceName, rows: object[]): Promise<void> {
  const table = tableOf(name);
  await table.bigQuery.query(`DELETE FROM \`${paths[name]}\` WHERE TRUE`);
  if (rows.length > 0) await table.insert(rows);
}
const scoreAll = async (count: number) => {
  await score('company_conversion_probability', many(count, companyRow));
  await score('contact_cp_score', many(count, cpRow));
  await score('contact_acv_score', many(count, acvRow));
};
async function sync({
  accept = [] as string[],
  full = false,
  ...changes
}: Partial<SyncDependencies & { accept: string[]; full: boolean }> = {}) {
  const report = await runSync({ ...dependencies, ...changes }, { accept, full });
  if (report.status === 'already-running') throw new Error('another sync holds the lock');
  return report;
}
const countRows = async (table: SourceName | 'contact_conversion_probability') =>
  (
    await db
      .selectFrom(table)
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow()
  ).count;

beforeAll(async () => {
  server = await startBigQueryServer({ port: 0 });
  for (const source of sources) {
    const table = tableOf(source.name);
    await table.dataset.create();
    await table.create({ schema: { fields: columnsOf(source).map((name) => ({ name, type: typeOf(name) })) } });
  }
});
afterAll(() => server.stop());
beforeEach(async () => {
  database = await createTestDatabase();
  db = connect(database.url, 4);
  dependencies = {
    db,
    reader: connectBigQuery({ projectId: 'ct-jobs', apiEndpoint: server.url }),
    clock: createClock(now),
    log: createLogger('sync', 'silent'),
    paths,
    bounds,
    maxScoreAgeHours,
    pageRows: 10,
  };
});
afterEach(async () => {
  await db.destroy();
  await database.drop();
});

describe('A sync', () => {
  it('copies every source over many pages, merges the contacts and tells it', async () => {
    await scoreAll(35);
    const report = await sync();
    expect(report.status).toBe('succeeded');
    expect(await db.selectFrom('company_conversion_probability').selectAll().where('company', '=', 35).execute()).toEqual([
      {
        ...companyRow(35),
        cp1_arpu: '120.5000',
        cp3_arpu: '360.0000',
        scored_at: new Date('2026-11-20T08:00:00.123Z'),
        synced_at: new Date(now),
      },
    ]);
    expect(await db.selectFrom('contact_conversion_probability').selectAll().where('contact_id', '=', 35).execute()).toEqual([
      {
        contact_id: 35,
        combined1_conversion_probability_predicted: 0.1,
        combined3_conversion_probability_predicted: 0.3,
        cp1_signup_first_value: '246.9136',
        cp3_signup_first_value: '493.8271',
        book_a_demo_1_probability_value: '61.7284',
        book_a_demo_3_probability_value: '154.3210',
        acv: '1234.5678',
        scored_at: new Date('2026-11-20T08:00:00.123Z'),
        merged_at: new Date(now),
      },
    ]);
    expect(predictionsSyncedSchema.parse(report.message)).toMatchObject({ runId: report.runId, syncedAt: now });
    expect(report.message?.sources).toEqual(
      sources.map(({ name }) => ({ source: name, rowsChanged: 35, scoredAt: '2026-11-20T08:00:00.123Z' })),
    );
    const runs = await db.selectFrom('sync_run').selectAll().where('run_id', '=', report.runId).orderBy('started_at').execute();
    expect(runs.map((run) => [run.source, run.status, run.rows_in_source, run.rows_read, run.rows_changed])).toEqual([
      ...sources.map(({ name }) => [name, 'succeeded', 35, 35, 35]),
      ['contact_conversion_probability', 'succeeded', 35, 35, 35],
    ]);
  });

  it('writes only what differs and removes what is gone', async () => {
    await scoreAll(20);
    await sync();
    await score(
      'contact_acv_score',
      many(19, acvRow).map((row) => (row.contact_id === 3 ? { ...row, acv: '50' } : row)),
    );
    const { sources: ends, status } = await sync();
    expect(status).toBe('succeeded');
    expect(Object.values(ends).map(({ rowsRead, rowsChanged }) => [rowsRead, rowsChanged])).toEqual([
      [0, 0],
      [0, 0],
      [19, 2],
      [19, 2],
    ]);
    expect(await countRows('contact_conversion_probability')).toBe(19);
    const changed = await db
      .selectFrom('contact_conversion_probability')
      .select('cp1_signup_first_value')
      .where('contact_id', '=', 3)
      .execute();
    expect(changed).toEqual([{ cp1_signup_first_value: '10.0000' }]);
  });

  it('reads unchanged sources again when asked to', async () => {
    await scoreAll(5);
    await sync();
    await db.deleteFrom('contact_cp_score').execute();
    expect((await sync({ full: true })).sources.contact_cp_score).toMatchObject({ rowsRead: 5, rowsChanged: 5 });
  });

  it('merges only the contacts that have both scores', async () => {
    await scoreAll(5);
    await score('contact_acv_score', [2, 3, 99].map(acvRow));
    await sync();
    expect(await db.selectFrom('contact_conversion_probability').select('contact_id').orderBy('contact_id').execute()).toEqual([
      { contact_id: 2 },
      { contact_id: 3 },
    ]);
  });

  it('quarantines a bad row, keeps its last good score, and lets it go when it is good again', async () => {
    await scoreAll(120);
    await sync();
    await score(
      'contact_cp_score',
      many(120, (id) => ({ ...cpRow(id), ...(id === 60 ? { cp1_signup_first: 7 } : {}) })),
    );
    const report = await sync();
    expect([report.status, report.sources.contact_cp_score?.rowsQuarantined, await countRows('contact_cp_score')]).toEqual([
      'succeeded',
      1,
      120,
    ]);
    expect(report.sources.contact_cp_score?.problem).toMatch(/^quarantined: 1 × cp1_signup_first: /);
    const keptOf60 = await db.selectFrom('contact_cp_score').select('cp1_signup_first').where('contact_id', '=', 60).execute();
    expect(keptOf60).toEqual([{ cp1_signup_first: 0.2 }]);
    const quarantined = await db.selectFrom('score_quarantine').select(['source', 'key', 'reason', 'score']).execute();
    expect(quarantined).toMatchObject([{ source: 'contact_cp_score', key: '60', score: { cp1_signup_first: 7 } }]);
    await score('contact_cp_score', many(120, cpRow));
    await sync();
    expect(await db.selectFrom('score_quarantine').selectAll().execute()).toEqual([]);
  });
});

describe('A source is held, its table left as it was and told of the others only,', () => {
  const acv = 'contact_acv_score';
  it.each<{ sentence: string; rows: object[]; problem: RegExp }>([
    { sentence: 'when it is empty', rows: [], problem: /empty/ },
    { sentence: 'when half of it is gone', rows: many(10, acvRow), problem: /^10 rows after 20/ },
    { sentence: 'when it has trebled', rows: many(60, acvRow), problem: /^60 rows after 20/ },
    {
      sentence: 'when too many contacts are in it twice',
      rows: [...many(20, acvRow), acvRow(7)],
      problem: /^2 of 21 rows cannot be used: 2 × contact_id: another row has it/,
    },
    {
      sentence: 'when too many rows have no contact',
      rows: [...many(20, acvRow), { ...acvRow(1), contact_id: null }],
      problem: /^1 of 21 rows cannot be used: 1 × contact_id: is missing/,
    },
    {
      sentence: 'when its scores are from the future',
      rows: many(20, (id) => ({ ...acvRow(id), scored_at: '2026-11-20T12:00:00Z' })),
      problem: /^20 of 20 rows cannot be used: 20 × scored_at: is in the future/,
    },
    {
      sentence: 'when its amounts have quadrupled',
      rows: many(20, (id) => ({ ...acvRow(id), acv: '4938.2712' })),
      problem: /^acv is 4\.94e\+3 in the mean after 1\.23e\+3; if that is right/,
    },
    {
      sentence: 'when its model has not run',
      rows: many(20, (id) => ({ ...acvRow(id), scored_at: '2026-11-18T08:00:00Z' })),
      problem: /older than 26/,
    },
    {
      sentence: 'when too many rows are bad',
      rows: many(20, (id) => ({ ...acvRow(id), acv: id < 3 ? '-5' : '7' })),
      problem: /^2 of 20 rows cannot/,
    },
  ])('$sentence', async ({ rows, problem }) => {
    await scoreAll(20);
    await sync();
    await score(acv, rows);
    const report = await sync();
    expect(report.status).toBe('held');
    expect(report.message?.sources.map(({ source }) => source)).toEqual(['company_conversion_probability', 'contact_cp_score']);
    expect(report.sources[acv]).toMatchObject({ status: 'held', problem: expect.stringMatching(problem) });
    expect(report.sources).not.toHaveProperty('contact_conversion_probability');
    expect(await db.selectFrom(acv).select('acv').distinct().execute()).toEqual([{ acv: '1234.5678' }]);
    expect(await countRows(acv)).toBe(20);
  });

  it('when half of a column is null that was always filled, until someone accepts it', async () => {
    const company = 'company_conversion_probability';
    await scoreAll(20);
    await sync();
    await score(
      company,
      many(20, (id) => ({ ...companyRow(id), ...(id > 10 ? { employees_range_min: null, employees_range_max: null } : {}) })),
    );
    expect((await sync()).sources[company]).toMatchObject({
      status: 'held',
      problem: expect.stringMatching(/^employees_range_min is null in 50\.0 % of the rows after 0\.0 %, employees_range_max is null/),
    });
    expect((await sync({ accept: [company] })).sources[company]).toMatchObject({ status: 'succeeded', rowsChanged: 10 });
  });

  it('when its model has not run for longer than this source may, whatever the others may', async () => {
    await scoreAll(20);
    const report = await sync({ maxScoreAgeHours: { ...maxScoreAgeHours, contact_cp_score: 1 } });
    expect(report.sources.contact_cp_score).toMatchObject({ status: 'held', problem: expect.stringContaining('older than 1 hours') });
    expect(report.sources.contact_acv_score).toMatchObject({ status: 'succeeded' });
  });

  it('when a column is missing or of another type; one that nobody asked for is told once', async () => {
    await scoreAll(20);
    const { reader } = dependencies;
    const withColumns = (change: (columns: { name: string; type: string }[]) => { name: string; type: string }[]): ScoreReader => ({
      ...reader,
      fetchColumns: async (table) => (table.path === paths[acv] ? change(await reader.fetchColumns(table)) : reader.fetchColumns(table)),
    });
    const problemOf = async (changed: ScoreReader) => (await sync({ reader: changed, full: true })).sources[acv];
    expect(await problemOf(withColumns((columns) => columns.filter(({ name }) => name !== 'acv')))).toMatchObject({
      ...{ status: 'held', problem: 'the column acv is missing' },
    });
    const asText = withColumns((columns) => columns.map((column) => (column.name === 'acv' ? { ...column, type: 'STRING' } : column)));
    expect(await problemOf(asText)).toMatchObject({ status: 'held', problem: 'the column acv is of type STRING, not NUMERIC' });
    const withMore = withColumns((columns) => [...columns, { name: 'acv_v2', type: 'NUMERIC' }]);
    expect(await problemOf(withMore)).toMatchObject({ status: 'succeeded', problem: 'the source has columns that are not read: acv_v2' });
    expect(await problemOf(withMore)).toMatchObject({ status: 'succeeded', problem: null });
  });

  it('when it is written while it is read, and is taken by the next run', async () => {
    await scoreAll(25);
    const { reader } = dependencies;
    let written = false;
    const writtenWhileRead: ScoreReader = {
      ...reader,
      fetchPage: async (table, after, limit) => {
        const page = await reader.fetchPage(table, after, limit);
        if (table.key === 'company' && !written) await tableOf('company_conversion_probability').insert(companyRow(5_000));
        written = true;
        return page;
      },
    };
    const report = await sync({ reader: writtenWhileRead });
    expect(report.sources.company_conversion_probability).toMatchObject({
      status: 'held',
      problem: expect.stringMatching(/changed while/),
    });
    expect(await countRows('company_conversion_probability')).toBe(0);
    expect(await sync()).toMatchObject({ status: 'succeeded' });
    expect(await countRows('company_conversion_probability')).toBe(26);
  });

  it('until someone accepts its new row count', async () => {
    await scoreAll(20);
    await sync();
    await scoreAll(5);
    expect((await sync()).status).toBe('held');
    const accepted = sources.map(({ name }) => name as string);
    const merge = await sync({ accept: accepted });
    expect(merge.sources.contact_conversion_probability).toMatchObject({
      status: 'held',
      problem: expect.stringMatching(/^5 rows after 20/),
    });
    expect(await countRows('contact_conversion_probability')).toBe(20);
    expect(await sync({ accept: ['contact_conversion_probability'] })).toMatchObject({ status: 'succeeded' });
    expect(await countRows('contact_conversion_probability')).toBe(5);
  });

  it('when no contact has both scores', async () => {
    await scoreAll(5);
    await score(
      'contact_acv_score',
      many(5, (id) => acvRow(id + 1_000)),
    );
    const report = await sync();
    expect(report.status).toBe('held');
    expect(report.sources.contact_conversion_probability?.problem).toBe('no contact has both scores');
  });
});

describe('A run', () => {
  it('of a source that cannot be read fails for that source alone', async () => {
    await scoreAll(5);
    const report = await sync({ paths: { ...paths, contact_cp_score: 'ct-data-science-v2.cp.gone' } });
    expect(report.status).toBe('failed');
    expect(report.message?.sources.map(({ source }) => source)).toEqual(['company_conversion_probability', 'contact_acv_score']);
    expect(report.sources).toMatchObject({
      company_conversion_probability: { status: 'succeeded' },
      contact_cp_score: { status: 'failed', problem: expect.stringContaining('Not found: Table ct-data-science-v2:cp.gone') },
      contact_acv_score: { status: 'succeeded' },
    });
  });

  it('lets no second one beside it', async () => {
    await scoreAll(5);
    const reports = await Promise.all([1, 2, 3].map(() => runSync(dependencies, { accept: [], full: false })));
    expect(reports.map(({ status }) => status).sort()).toEqual(['already-running', 'already-running', 'succeeded']);
    expect((await sync()).status).toBe('succeeded');
  });

  it('that died in the middle is failed by the next one', async () => {
    await scoreAll(5);
    await db.insertInto('sync_run').values({ run_id: 'dead', source: 'contact_cp_score', status: 'running', started_at: now }).execute();
    await sync();
    const dead = await db.selectFrom('sync_run').select(['status', 'problem']).where('run_id', '=', 'dead').executeTakeFirst();
    expect(dead).toEqual({ status: 'failed', problem: 'the process ended in the middle' });
  });
});

describe('The merge check', () => {
  it.each([
    { sentence: 'a value that is not its scores', change: { cp3_signup_first_value: '493.83' }, problem: /1 have values/ },
    { sentence: 'a probability of another', change: { combined1_conversion_probability_predicted: 0.11 }, problem: /1 have values/ },
    { sentence: 'a contact with one score', change: { contact_id: 77 }, problem: /1 contacts are missing, 1 have one score only/ },
    { sentence: 'a row that claims to be newer', change: { scored_at: now }, problem: /1 have values/ },
  ])('finds $sentence', async ({ change, problem }) => {
    await scoreAll(5);
    await sync();
    expect(await findMergeProblem(db)).toBeNull();
    await db.updateTable('contact_conversion_probability').set(change).where('contact_id', '=', 2).execute();
    expect(await findMergeProblem(db)).toMatch(problem);
  });
});

describe('The service', () => {
  async function start(environment: Record<string, string>) {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], {
      env: environment,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    const url = `http://127.0.0.1:${(JSON.parse(line) as { port: number }).port}/run`;
    return {
      run: () => fetch(url, { method: 'POST' }),
      end: async (signal: NodeJS.Signals) => {
        child.kill(signal);
        return (await once(child, 'exit'))[0] as number | null;
      },
    };
  }

  it('publishes a good run, answers what it did, and drains on SIGTERM', async () => {
    await scoreAll(5);
    const pubsubServer = await startPubsubServer({ port: 0 });
    process.env.PUBSUB_EMULATOR_HOST = `127.0.0.1:${pubsubServer.port}`;
    const pubsub = connectPubsub('local');
    const [topic] = await pubsub.createTopic(topics.predictionsSynced);
    const [subscription] = await topic.createSubscription('told');
    const service = await start({
      DATABASE_URL: database.url,
      BIGQUERY_API_ENDPOINT: server.url,
      GOOGLE_CLOUD_PROJECT: 'local',
      PUBSUB_EMULATOR_HOST: process.env.PUBSUB_EMULATOR_HOST,
      CLOCK_AT: now,
      PORT: '0',
    });
    const ended: (number | null)[] = [];
    try {
      const told = once(subscription, 'message');
      const answer = await service.run();
      const report = (await answer.json()) as { status: string; runId: string };
      expect([answer.status, report.status]).toEqual([200, 'succeeded']);
      const [message] = (await told) as [{ data: Buffer; ack(): void }];
      message.ack();
      expect(predictionsSyncedSchema.parse(JSON.parse(message.data.toString()))).toMatchObject({ runId: report.runId, syncedAt: now });
    } finally {
      ended.push(await service.end('SIGTERM'));
      await subscription.close();
      await pubsub.close();
      await pubsubServer.stop();
    }
    expect(ended).toEqual([0]);
  });

  it('killed with all rows staged leaves the table as it was, and the next run takes up', async () => {
    await scoreAll(5);
    const answered = 4;
    const { url, stuck, close } = await stickAfter(answered);
    const service = await start({
      DATABASE_URL: database.url,
      BIGQUERY_API_ENDPOINT: url,
      GOOGLE_CLOUD_PROJECT: 'local',
      PUBSUB_EMULATOR_HOST: '127.0.0.1:1',
      CLOCK_AT: now,
      PORT: '0',
    });
    const run = service.run().catch(() => 'died');
    await stuck;
    await service.end('SIGKILL');
    close();
    expect(await run).toBe('died');
    const findLock = sql`
      select from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`;
    while ((await findLock.execute(db)).rows.length > 0);
    expect(await countRows('company_conversion_probability')).toBe(0);
    expect(await sync()).toMatchObject({ status: 'succeeded' });
    expect(await countRows('company_conversion_probability')).toBe(5);
    const runs = await db
      .selectFrom('sync_run')
      .select('status')
      .where('source', '=', 'company_conversion_probability')
      .orderBy('started_at')
      .execute();
    expect(runs).toEqual([{ status: 'failed' }, { status: 'succeeded' }]);
  });

  /** A BigQuery that answers so many requests (a table's columns, its metadata, its counts, its page) and leaves the next one waiting. */
  async function stickAfter(answered: number) {
    let reached: () => void = () => undefined;
    const stuck = new Promise<void>((resolve) => {
      reached = resolve;
    });
    let requests = 0;
    const proxy = createServer(async (request, response) => {
      requests += 1;
      if (requests > answered) return reached();
      const body = Buffer.concat(await request.toArray());
      const headers = { 'content-type': 'application/json' };
      const method = request.method ?? 'GET';
      const answer = await fetch(`${server.url}${request.url}`, { method, headers, ...(method === 'GET' ? {} : { body }) });
      response.writeHead(answer.status, headers).end(await answer.text());
    }).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const close = () => {
      proxy.closeAllConnections();
      proxy.close();
    };
    return { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, stuck, close };
  }
});
