import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { connect, type Database } from '@waybill/shared/db';
import { sql } from 'kysely';
import { createTestDatabase } from '../../../../infra/local/test-database.ts';
import { type IhcStandIn, startIhcStandIn } from '../../stand-in/ihc.ts';
import { conversionOf, sessionOf, type Tables, writePostgresTables, writeSqliteFile } from './testing-tables.ts';

const tables: Tables = {
  conversions: Array.from({ length: 30 }, (_, index) => conversionOf(`c${index}`, `u${index}`, '2026-11-03 12:00:00', 10 + index)),
  session_sources: Array.from({ length: 90 }, (_, index) =>
    sessionOf(`s${index}`, `u${index % 30}`, `2026-11-0${1 + Math.floor(index / 30)} 09:00:00`, ['Paid', 'Direct', 'Email'][index % 3]),
  ),
  session_costs: Array.from({ length: 90 }, (_, index) => ({ session_id: `s${index}`, cost: index / 100 })),
};
const range = ['--from', '2026-11-01', '--to', '2026-11-05'];
const apiKey = 'secret-key-of-the-test';

let folder: string;
let file: string;

function start(args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['--no-warnings', join(import.meta.dirname, 'cli.ts'), ...args], {
    env: { PATH: process.env.PATH, WAYBILL_FOLDER: folder, ...env },
  });
  let [out, said] = ['', ''];
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const ended = new Promise<{ code: number | null; out: string; said: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, out, said }));
  });
  return { child, ended };
}
const run = (args: string[], env?: Record<string, string>) => start(args, env).ended;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-ihc-cli-'));
  file = join(folder, 'journeys.db');
  writeSqliteFile(file, tables);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('npm run ihc on a file', () => {
  it('shows the report, writes it as CSV, and leaves the file as it was', async () => {
    const before = readFileSync(file);
    const csv = join(folder, 'report.csv');
    const { code, out } = await run([...range, '--database', file, '--out', csv]);
    expect([code, out]).toEqual([0, expect.stringMatching(/attributed +30 +735\.00 USD/)]);
    expect(out).toContain('Credits by the local model ihc-compatible-local');
    expect(out).toContain('was only read; --write writes the results into it');
    expect(readFileSync(csv, 'utf8').split('\r\n')[0]).toBe('channel_name,date,cost,ihc,ihc_revenue,CPO,ROAS');
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it('trains the local model, and credits by what it has trained', async () => {
    const parameters = join(folder, 'parameters.json');
    const trained = await run(['train', ...range, '--database', file, '--out', parameters]);
    expect([trained.code, trained.out]).toEqual([0, expect.stringContaining('parameters from 30 journeys of several sessions')]);
    expect(trained.out).toContain('Too few journeys tell of phaseWeights, channelWeights: kept as before.');
    const version = /version (\S+)\./.exec(trained.out)?.[1];
    const { out } = await run([...range, '--database', file, '--parameters', parameters]);
    expect(out).toContain(`ihc-compatible-local ${version}`);
  });

  it.each([
    ['a range that is none', ['--from', 'yesterday', '--to', '2026-11-05'], 2, '--from yesterday: give a day'],
    ['a file that is none', [...range, '--database', 'none.db'], 1, 'none.db: there is no such file'],
    ['parameters that are none', [...range, '--parameters', 'BROKEN'], 1, 'phaseWeights'],
    ['a redistribution that is none', [...range, '--redistribution', 'BROKEN'], 1, 'Unrecognized key'],
  ])('ends with %s in one message', async (_sentence, args, expected, message) => {
    const broken = join(folder, 'broken.json');
    writeFileSync(broken, '{"version":1}');
    const given = args.map((arg) => (arg === 'BROKEN' ? broken : arg));
    const { code, said } = await run(given.includes('--database') ? given : [...given, '--database', file]);
    expect([code, said]).toEqual([expected, expect.stringContaining(message)]);
  });

  it('names the rows that it refuses and goes on', async () => {
    rmSync(file);
    writeSqliteFile(file, { ...tables, conversions: [...tables.conversions, conversionOf('odd', 'u1', '2026-11-03 noon')] });
    const { code, out, said } = await run([...range, '--database', file]);
    expect([code, said]).toEqual([0, 'conversions odd: conv_time "noon" is no time; write it as HH:MM:SS\n']);
    expect(out).toContain('refused rows: 1 of conversions.');
  });
});

describe('npm run ihc with a key of the API', () => {
  let api: IhcStandIn;
  let env: Record<string, string>;
  beforeEach(async () => {
    api = await startIhcStandIn({ port: 0, apiKeys: [apiKey], conversionTypes: ['purchase'] });
    env = { IHC_API_KEY: apiKey, IHC_API_URL: `${api.url}/v1/compute_ihc`, IHC_CALLS_PER_SECOND: '100' };
  });
  afterEach(() => api.stop());

  it('credits by the API, in batches of the asked size, and tells how far the local model differs', async () => {
    const args = [...range, '--database', file, '--conv-type', 'purchase', '--batch-journeys', '7'];
    const { code, out, said } = await run(args, env);
    expect([code, out]).toEqual([0, expect.stringContaining('Credits by the IHC API, conversion type purchase')]);
    expect(out).toMatch(/The local model differs on 90 sessions by 0\.0000 of a conversion on average/);
    expect(api.calls.map((call) => call.length)).toEqual([7, 7, 7, 7, 2]);
    expect(`${out}${said}`).not.toContain(apiKey);
  });

  it('fails where conversions stay without credit, and names them', async () => {
    api.forget('c5', 9);
    const { code, out, said } = await run([...range, '--database', file, '--conv-type', 'purchase'], env);
    expect([code, said]).toEqual([1, expect.stringContaining('conversion c5: the API gave no credit for it')]);
    expect(out).toMatch(/unscored, as before this run +1 /);
  });

  it.each([
    ['without a conversion type', {}, [], 2, 'Give --conv-type'],
    ['with a wrong key', { IHC_API_KEY: 'wrong-key' }, ['--conv-type', 'purchase'], 1, 'mend IHC_API_KEY'],
  ])('ends %s', async (_sentence, changes, args, expected, message) => {
    const { code, out, said } = await run([...range, '--database', file, ...args], { ...env, ...changes });
    expect([code, said]).toEqual([expected, expect.stringContaining(message)]);
    expect(`${out}${said}`).not.toContain('wrong-key');
  });
});

describe('npm run ihc on Postgres', () => {
  let database: { url: string; drop(): Promise<void> };
  let db: Database;
  beforeAll(async () => {
    database = await createTestDatabase();
    db = connect(database.url, 4);
    await writePostgresTables(db, tables);
  });
  afterAll(async () => {
    await db.destroy();
    await database.drop();
  });

  const stored = async () => [
    (await sql`select * from attribution_customer_journey order by conv_id, session_id`.execute(db)).rows,
    (await sql`select * from channel_reporting order by date, channel_name`.execute(db)).rows,
  ];
  const waitsForReport = async (): Promise<boolean> => {
    const { rows } = await sql`select 1 from pg_locks where relation = 'bi.channel_reporting'::regclass and not granted`.execute(db);
    return rows.length > 0;
  };

  it('has written nothing when it is killed between the credits and the report, and ends whole when it is run again', async () => {
    const env = { DATABASE_URL: database.url };
    await run(range, env);
    const whole = await stored();
    expect(whole.map((rows) => rows.length)).toEqual([90, 3 * 3]);
    await sql`update attribution_customer_journey set ihc = 0.5 where session_id = 's1'`.execute(db);
    const before = await stored();

    await db.transaction().execute(async (tx) => {
      await sql`lock table channel_reporting in access exclusive mode`.execute(tx);
      const { child, ended } = start(range, env);
      while (!(await waitsForReport())) await delay(20);
      child.kill('SIGKILL');
      await ended;
    });
    expect(await stored()).toEqual(before);

    expect((await run(range, env)).code).toBe(0);
    expect(await stored()).toEqual(whole);
  });
});
