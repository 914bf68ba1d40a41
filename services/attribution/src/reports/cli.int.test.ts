import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { conversionOf, sessionOf, writeSqliteFile } from '../ihc/testing-tables.ts';

let folder: string;
let file: string;
let journeys: string;
let unpaid: string;
let rates: string;

/** Berlin is an hour ahead of UTC, the zone of the tables. */
const tables = {
  conversions: [conversionOf('c1', 'u1', '2026-03-28 22:59:59', 100), conversionOf('c2', 'u1', '2026-03-28 23:00:00', '33.33')],
  session_sources: [sessionOf('s1', 'u1', '2026-03-27 23:30:00', 'Paid'), sessionOf('s2', 'u1', '2026-03-28 12:00:00', 'Email')],
  session_costs: [{ session_id: 's1', cost: 4 }],
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-attribution-cli-'));
  file = join(folder, 'paths.csv');
  writeFileSync(file, 'path,total_conversions,total_conversion_value,total_null\na > b,2,3.5,1\nb,1,1,0\n,1,1,1\n');
  [journeys, unpaid, rates] = [join(folder, 'journeys.db'), join(folder, 'unpaid.db'), join(folder, 'rates.csv')];
  writeSqliteFile(journeys, tables);
  writeSqliteFile(unpaid, { ...tables, session_costs: [{ session_id: 'ghost', cost: null }] });
  writeFileSync(rates, 'day,from,to,rate\n2026-03-28,USD,EUR,0.5\n2026-03-29,USD,EUR,0.9\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  code: number | string | null | undefined;
  out: string;
  said: string;
}
const run = (...args: string[]): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(process.execPath, ['--no-warnings', join(import.meta.dirname, 'cli.ts'), ...args], (error, out, said) =>
      resolve({ code: error === null ? 0 : error.code, out, said }),
    );
  });

interface Tally {
  conversions: number;
  value: string;
}

interface Told {
  totals: { conversions: number; value: string; nulls: number };
  models: { name: string; attributed: Tally; unattributed: Tally }[];
  reports: { channel: { model: string; conversions: string; value: string }[] };
}

/** The sum of the column of each model, in millionths. */
function sums(told: Told, of: 'conversions' | 'value'): number[] {
  const groups = Map.groupBy(told.reports.channel, ({ model }) => model);
  return [...groups.values()].map((rows) => rows.reduce((sum, row) => sum + Math.round(Number(row[of]) * 1e6), 0));
}

describe('npm run attribution', () => {
  it('prints the reports of a file of paths, and says which line it left out', async () => {
    const { code, out, said } = await run('--paths', file);
    expect([code, said]).toEqual([0, expect.stringContaining('left out: line 4: the path has an empty channel')]);
    expect(out).toContain('paths.csv: 3 conversions worth 4.50 USD, 1 journeys that led nowhere');
    expect(out).toContain('Left out: time decay, which needs the times of touches');
  });

  it('writes the models asked for into a file', async () => {
    const out = join(folder, 'report.csv');
    expect(await run('--paths', file, '--model', 'first', '--format', 'csv', '--out', out)).toMatchObject({ code: 0, out: '' });
    expect(readFileSync(out, 'utf8').split('\r\n')).toEqual([
      'report,model,key,conversions,value,cost,cpo,roas',
      'channel,first,a,2.000000,3.50,0.00,0.000000,',
      'channel,first,b,1.000000,1.00,0.00,0.000000,',
      '',
    ]);
  });

  it('stands by days of the asked zone: credit and cost of a session under the day that it was there', async () => {
    const args = ['--database', journeys, '--model', 'linear', '--report', 'day', '--format', 'csv', '--time-zone'];
    const dayRows = async (zone: string) => (await run(...args, zone)).out.split('\r\n').slice(1, -1);
    expect(await dayRows('Europe/Berlin')).toEqual(['day,linear,2026-03-28,2.000000,133.33,4.00,2.000000,33.332500']);
    expect(await dayRows('UTC')).toEqual([
      'day,linear,2026-03-27,1.000000,66.67,4.00,4.000000,16.667500',
      'day,linear,2026-03-28,1.000000,66.66,0.00,0.000000,',
    ]);
  });

  it('converts each value by the rate of the day that its conversion was in the asked zone', async () => {
    const args = [
      '--database',
      unpaid,
      '--model',
      'linear',
      '--report',
      'channel',
      '--format',
      'csv',
      '--convert-to',
      'EUR',
      '--rates',
      rates,
    ];
    const values = async (zone: string) => (await run(...args, '--time-zone', zone)).out.split('\r\n').map((line) => line.split(',')[4]);
    // 50.00 and 33.33 * 0.9 = 30.00, against 33.33 * 0.5 = 16.67; halves of each.
    expect(await values('Europe/Berlin')).toEqual(['value', '40.00', '40.00', undefined]);
    expect(await values('UTC')).toEqual(['value', '33.33', '33.34', undefined]);
  });

  it('tells which cost has no session to stand by, and leaves it out', async () => {
    const haunted = join(folder, 'haunted.db');
    writeSqliteFile(haunted, { ...tables, session_costs: [...tables.session_costs, { session_id: 'ghost', cost: 1 }] });
    const { out, said } = await run('--database', haunted, '--model', 'linear', '--format', 'json');
    expect((JSON.parse(out) as { totals: { cost: string } }).totals.cost).toBe('4.00');
    expect(said).toContain('left out: session_costs ghost: session_id has no usable row in session_sources; add or mend it');
  });

  it('sets no value in one currency against a cost in another', async () => {
    const { code, said } = await run('--database', journeys, '--convert-to', 'EUR', '--rates', rates);
    expect([code === 0, said]).toEqual([
      false,
      expect.stringContaining('--convert-to would set values of one currency against costs of another'),
    ]);
  });

  it.each([
    [[], 'Give one of --from DAY --to DAY, --paths FILE and --database FILE.'],
    [['--paths', 'none.csv'], 'none.csv'],
    [['--paths', 'a', '--model', 'best'], 'best'],
    [['--paths', 'a', '--report', 'hour'], 'hour'],
    [['--from', '2026-11-01'], '--to is missing: give a day such as 2026-11-01'],
    [['--from', '2026-11-31', '--to', '2026-12-01'], '--from 2026-11-31: give a day'],
    [['--paths', 'PATHS', '--save'], '--conversion and --save go with --from and --to'],
    [['--paths', 'PATHS', '--convert-to', 'EUR'], '--convert-to CODE and --rates FILE go together.'],
    [['--paths', 'PATHS', '--convert-to', 'EUR', '--rates', 'RATES'], '--convert-to needs the days of conversions'],
    [['--paths', 'a', '--top', 'all'], '--top all: give a whole number'],
    [['--paths', 'a', '--time-zone', 'Mars'], 'Mars'],
  ])('%j is refused with the reason', async (args, reason) => {
    const files: Record<string, string> = { PATHS: file, RATES: rates };
    const { code, out, said } = await run(...args.map((arg) => files[arg] ?? arg));
    expect([code === 0, out, said.includes(reason)]).toEqual([false, '', true]);
  });

  const recorded = join(import.meta.dirname, '../../../../../shared/data');
  const onRecorded = existsSync(join(recorded, 'paths.csv.gz')) ? it : it.skip;

  onRecorded('conserves conversions and value of recorded paths by every model', async () => {
    const { out } = await run('--paths', join(recorded, 'paths.csv.gz'), '--format', 'json');
    const told = JSON.parse(out) as Told;
    expect(told.totals).toMatchObject({ conversions: 19_785, value: '74802.971584' });
    expect(told.models.every(({ attributed }) => attributed.conversions === 19_785)).toBe(true);
    for (const sum of sums(told, 'conversions')) expect(Math.abs(sum - 19_785e6)).toBeLessThan(100);
    for (const sum of sums(told, 'value')) expect(sum).toBe(74_802_971_584);
  });

  onRecorded('conserves conversions and revenue to the cent of recorded journeys by every model', async () => {
    const { out } = await run('--database', join(recorded, 'journeys.db'), '--format', 'json');
    const told = JSON.parse(out) as Told;
    expect(told.totals).toMatchObject({ conversions: 1_946, value: '112062.07' });
    for (const sum of sums(told, 'value')) expect(sum).toBe(112_062_070_000);
    // Six conversions have no session before them: what is left is what `npm run ihc` attributes.
    const linear = told.models.find(({ name }) => name === 'linear');
    expect(linear?.attributed).toEqual({ conversions: 1_940, value: '111721.66' });
    expect(linear?.unattributed).toEqual({ conversions: 6, value: '340.41' });
  });
});
