import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

let folder: string;
let file: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-attribution-cli-'));
  file = join(folder, 'paths.csv');
  writeFileSync(file, 'path,total_conversions,total_conversion_value,total_null\na > b,2,3.5,1\nb,1,1,0\n,1,1,1\n');
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

interface Told {
  totals: { conversions: number; value: string; nulls: number };
  models: { name: string; attributed: { conversions: number } }[];
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

  it.each([
    [[], 'Give one of --paths FILE and --database FILE.'],
    [['--paths', 'none.csv'], 'none.csv'],
    [['--paths', 'a', '--model', 'best'], 'best'],
    [['--paths', 'a', '--report', 'hour'], 'hour'],
    [['--paths', 'a', '--top', 'all'], '--top all: give a whole number'],
    [['--paths', 'a', '--time-zone', 'Mars'], 'Mars'],
  ])('%j is refused with the reason', async (args, reason) => {
    const { code, out, said } = await run(...args);
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
  });
});
