import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';
import { useTestDatabase } from '../../../../infra/local/use-test-database.ts';
import { models } from '../models/index.ts';
import { buildSession, forgetAll, uuidOf } from '../testing.ts';
import { saveEvents } from '../tracking/save-events.ts';
import { buildReport, creditCorpus, learnCorpus } from './build-report.ts';
import type { Corpus } from './corpus.ts';
import { type LiveChoice, readLive } from './read-live.ts';
import { saveCredits } from './save-credits.ts';
import { listOf } from './testing.ts';

let db: Database;
useTestDatabase(2, (opened) => {
  db = opened;
});

const choice: LiveChoice = { conversion: 'paid', from: '2026-11-02', to: '2026-11-03', timeZone: 'UTC', currency: 'USD' };
const at = (day: number, hour: number): string => new Date(Date.UTC(2026, 10, day, hour)).toISOString();

async function pay(company: number, paidAt: string, value: string, currency = 'USD'): Promise<void> {
  await db
    .insertInto('company_profile_meta_data')
    .values({ company, first_paid_at: paidAt, first_payment_value: value, first_payment_currency: currency })
    .execute();
}

beforeEach(async () => {
  await forgetAll(db);
  await sql`delete from attribution_credit`.execute(db);
  await saveEvents(
    db,
    [
      buildSession(1, 1, at(1, 9), { companies: [1], gclid: 'Cj0' }),
      buildSession(2, 1, at(2, 9), { companies: [1, 2] }),
      // In the second of the payment: not before it.
      buildSession(3, 1, at(2, 12), { companies: [1], msclkid: 'ab' }),
      buildSession(4, 2, at(3, 9), { companies: [3], referrer: 'https://www.google.com/' }),
    ],
    new Set(),
  );
  await pay(1, at(2, 12), '100.00');
  await pay(2, at(3, 23), '0.01');
  await pay(4, at(3, 1), '5');
  await pay(5, at(4, 0), '77');
});

describe('the conversions of companies', () => {
  it('are those of the days, with the touches strictly before each, and the ways of those that did not convert', async () => {
    const corpus = readLive(db, choice);
    const told = (await listOf(corpus.journeys)).map(({ journey }) => [
      journey.conversionId,
      journey.valueMinor,
      journey.touches.map(({ channel }) => channel),
    ]);
    expect(told).toEqual([
      ['paid company 1', 10_000n, ['cpc-google', 'direct']],
      ['paid company 2', 1n, ['direct']],
      ['paid company 4', 500n, []],
    ]);
    expect(await listOf(corpus.nulls)).toEqual([{ channels: ['organic'], conversions: 0, nulls: 1 }]);
  });

  it('fall on the days of the report’s time zone', async () => {
    const corpus = readLive(db, { ...choice, from: '2026-11-04', to: '2026-11-04', timeZone: 'Europe/Berlin' });
    expect((await listOf(corpus.journeys)).map(({ journey }) => journey.conversionId)).toEqual(['paid company 2', 'paid company 5']);
  });

  it('are the same in every reading, and in pages of any size', async () => {
    const corpus = readLive(db, choice);
    const read = async ({ journeys, nulls, costs }: Corpus) => [await listOf(journeys), await listOf(nulls), await listOf(costs)];
    const expected = await read(corpus);
    expect(await read(corpus)).toEqual(expected);
    for (const page of [1, 2, 3]) expect(await read(readLive(db, choice, page))).toEqual(expected);
  });

  it('cost what was spent on the days of the report, to a millionth, in one sum of each channel and day', async () => {
    await saveEvents(db, [buildSession(5, 3, at(2, 20), { companies: [1] })], new Set());
    const costs = { 1: '4', 2: '0.5000005', 3: '0.0000015', 4: null, 5: '0.0000005' };
    for (const [visit, cost] of Object.entries(costs))
      await sql`insert into session_costs (session_id, cost) values (${uuidOf(Number(visit))}, ${cost})`.execute(db);
    const costsOf = async (of: Partial<LiveChoice>) =>
      (await listOf(readLive(db, { ...choice, ...of }).costs)).map(({ channel, costMicros }) => [channel, costMicros]).sort();
    expect(await costsOf({})).toEqual([
      ['cpc-bing', 2n],
      ['direct', 500_002n],
    ]);
    expect(await costsOf({ from: '2026-11-01' })).toEqual([
      ['cpc-bing', 2n],
      ['cpc-google', 4_000_000n],
      ['direct', 500_002n],
    ]);
    await sql`delete from session_costs`.execute(db);
  });

  it('of another currency are refused with the way to convert them', async () => {
    await pay(6, at(2, 1), '9', 'EUR');
    const report = { models, groupings: [], paths: null, timeZone: 'UTC' };
    const corpus = readLive(db, choice);
    await expect(buildReport('live', corpus, report)).rejects.toThrow(
      'conversion paid company 6 is in EUR, the report in USD; convert it first',
    );
  });
});

it('the credits of every model are saved side by side, each sums to its conversion, and saving again changes nothing', async () => {
  const corpus = readLive(db, choice);
  const report = { models, groupings: [], paths: null, timeZone: 'UTC' };
  const learned = await learnCorpus(corpus, report);
  const save = (pageRows?: number) =>
    saveCredits(db, corpus, models, (take) => creditCorpus('live', corpus, report, learned, take), pageRows);
  const read = async () =>
    (
      await sql<{ model: string; session_id: string; conversion_id: string; credit: number; value: string }>`
        select model, model_version, conversion_id, session_id, credit, value, currency from attribution_credit
        order by model, conversion_id, session_id`.execute(db)
    ).rows;
  const { saved: count } = await save();
  const saved = await read();
  expect([saved.length, new Set(saved.map(({ model }) => model)).size]).toEqual([count, models.length]);
  for (const rows of Map.groupBy(saved, ({ model, conversion_id }) => `${model} ${conversion_id}`).values()) {
    expect(rows.reduce((sum, { credit }) => sum + credit, 0)).toBeCloseTo(1, 9);
    const value = rows[0]?.conversion_id === 'paid company 1' ? 100 : 0.01;
    expect(rows.reduce((sum, row) => sum + Number(row.value), 0)).toBeCloseTo(value, 9);
  }
  expect(saved.filter(({ model }) => model === 'first').map(({ session_id }) => session_id)).toEqual([uuidOf(1), uuidOf(2)]);
  for (const pageRows of [undefined, 1, 20]) {
    expect((await save(pageRows)).saved).toBe(count);
    expect(await read()).toEqual(saved);
  }
  const { rows: kept } = await sql<{
    name: string;
    version: string;
    definition: string;
  }>`select name, version, definition from attribution_model`.execute(db);
  expect(new Map(kept.map(({ name, version, definition }) => [name, [version, definition]]))).toEqual(
    new Map(models.map(({ name, version, definition }) => [name, [version, definition]])),
  );
});

it('no credit is saved where not all can be: what was saved before stays', async () => {
  const report = { models, groupings: [], paths: null, timeZone: 'UTC' };
  const corpus = readLive(db, choice);
  const learned = await learnCorpus(corpus, report);
  const save = (failing: boolean) =>
    saveCredits(
      db,
      corpus,
      models,
      (take) =>
        creditCorpus('live', corpus, report, learned, async (credited) => {
          if (failing && credited.journey.conversionId === 'paid company 4') throw new Error('the source went away');
          await take(credited);
        }),
      1,
    );
  const count = async () =>
    (await sql<{ saved: number }>`select count(*)::int as saved from attribution_credit`.execute(db)).rows[0]?.saved;
  await expect(save(true)).rejects.toThrow('the source went away');
  expect(await count()).toBe(0);
  const { saved } = await save(false);
  await expect(save(true)).rejects.toThrow('the source went away');
  expect(await count()).toBe(saved);
});
