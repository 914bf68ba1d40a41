import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Side, type Timed } from './attribution-side.ts';
import { type WayName, ways } from './attribution-sql.ts';

const asked = JSON.stringify({ journeys: 3_000, seed: 3 });
const differ = (one: number[], other: number[]): number =>
  Math.max(...one.map((number, place) => Math.abs(number - (other[place] ?? Number.NaN))));

describe.each(Object.keys(ways) as WayName[])('DuckDB from %s', (way) => {
  const duckdb = new Side('attribution-duckdb.ts', asked, way);
  const waybill = new Side('attribution-waybill.ts', asked);
  beforeAll(async () => {
    expect(await duckdb.ask('load')).toBe(await waybill.ask('load'));
  });
  afterAll(() => {
    duckdb.stop();
    waybill.stop();
  });

  it('has the credits that Waybill gives, also when it credits again', async () => {
    for (const _ of [1, 2]) {
      expect((await duckdb.ask<Timed<unknown>>('heuristics')).seconds).toBeGreaterThan(0);
      expect(await duckdb.ask<number>('compare')).toBeLessThan(1e-12);
    }
  });

  it('counts the transitions that Waybill solves, and walks them to the same removal effects', async () => {
    const { result: ours } = await waybill.ask<Timed<number[]>>('markov');
    const { result: solved } = await duckdb.ask<Timed<number[]>>('markov');
    expect(ours.every((effect) => effect > 0 && effect < 1)).toBe(true);
    expect(differ(ours, solved)).toBeLessThan(1e-12);
    expect(differ(ours, await duckdb.ask<number[]>('walk'))).toBeLessThan(1e-12);
  });

  it('is told what it cannot do', async () => {
    await expect(duckdb.ask('other')).rejects.toThrow('attribution-duckdb.ts, other: there is no such job');
  });
});
