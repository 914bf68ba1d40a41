import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { buildJourneys } from '../ihc/build-journeys.ts';
import { conversionRows, readCosts, readRows, sessionRows } from '../ihc/rows.ts';
import { conversionOf, sessionOf, type Tables, writeSqliteFile } from '../ihc/testing-tables.ts';
import { readDatabase } from './read-database.ts';
import { listOf } from './testing.ts';

let folder: string;
let count = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-read-database-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const write = (tables: Tables): string => {
  const file = join(folder, `${count++}.db`);
  writeSqliteFile(file, tables);
  return file;
};

const anyUser = fc.constantFrom('u1', 'u2', 'u3', 'Ü');
const anyAt = fc.record({ day: fc.integer({ min: 1, max: 3 }), hour: fc.integer({ min: 0, max: 2 }) }).map(({ day, hour }) => {
  return `2026-03-0${day} 0${hour}:00:00`;
});
// Few ids, so that keys come again; and rows that cannot be used among the others.
const anyId = (letter: string) => fc.oneof({ weight: 9, arbitrary: fc.nat(20).map((n) => `${letter}${n}`) }, fc.constantFrom('', null));
const anyTables: fc.Arbitrary<Tables> = fc.record({
  conversions: fc.array(
    fc
      .tuple(anyId('c'), anyUser, anyAt, fc.constantFrom(10, '33.33', -1.5, 'much'))
      .map(([id, user, at, revenue]) => conversionOf(id as string, user, at, revenue)),
    { maxLength: 12 },
  ),
  session_sources: fc.array(
    fc
      .tuple(anyId('s'), anyUser, anyAt, fc.constantFrom('Email', 'Paid', null))
      .map(([id, user, at, channel]) => sessionOf(id as string, user, at, channel)),
    { maxLength: 20 },
  ),
  session_costs: fc.array(
    fc.tuple(anyId('s'), fc.constantFrom(1, 0.25, null, -1)).map(([session_id, cost]) => ({ session_id, cost })),
    { maxLength: 12 },
  ),
});

describe('a SQLite file', () => {
  it('is read as the rows of its tables are when all are held: the same journeys in the same order, costs, and refusals', async () => {
    await fc.assert(
      fc.asyncProperty(anyTables, async (tables) => {
        const corpus = readDatabase(write(tables), 'USD');
        const conversions = readRows(conversionRows, tables.conversions);
        const sessions = readRows(sessionRows, tables.session_sources);
        const costs = readCosts(tables.session_costs, sessions.rows);
        const expected = buildJourneys(conversions.rows, sessions.rows, 'USD').map((journey) => ({ journey, conversions: 1 }));
        expect(await listOf(corpus.journeys)).toEqual(expected);
        const refused = [...conversions.refused, ...sessions.refused, ...costs.refused];
        expect(corpus.refused).toEqual(refused.map(({ table, row, column, problem }) => `${table} ${row}: ${column} ${problem}`));
        const converted = new Set(conversions.rows.map(({ user_id }) => user_id));
        const lost = sessions.rows.filter(({ user_id }) => !converted.has(user_id));
        const nulls = await listOf(corpus.nulls);
        expect(nulls).toHaveLength(new Set(lost.map(({ user_id }) => user_id)).size);
        expect(nulls.flatMap(({ channels }) => channels).sort()).toEqual(lost.map(({ channel_name }) => channel_name).sort());
        const known = new Set(sessions.rows.map(({ session_id }) => session_id));
        const spent = costs.rows.filter(({ session_id, cost }) => cost !== null && known.has(session_id));
        expect((await listOf(corpus.costs)).map(({ costMicros }) => costMicros)).toEqual(
          spent.map(({ cost }) => BigInt(Math.round(Number(cost) * 1e6))),
        );
        corpus.close();
      }),
      { numRuns: 60 },
    );
  });

  it('can be read again and again, also while it is being read', async () => {
    const users = Array.from({ length: 30 }, (_, n) => `u${n}`);
    const corpus = readDatabase(
      write({
        conversions: users.slice(0, 20).map((user, n) => conversionOf(`c${n}`, user, '2026-03-05 00:00:00')),
        session_sources: users.flatMap((user, n) => [
          sessionOf(`s${n}`, user, '2026-03-02 00:00:00', 'Email'),
          sessionOf(`t${n}`, user, '2026-03-01 00:00:00', 'Paid'),
        ]),
        session_costs: users.map((_, n) => ({ session_id: `s${n}`, cost: n })),
      }),
      'USD',
    );
    const read = async () => [await listOf(corpus.journeys), await listOf(corpus.nulls), await listOf(corpus.costs)];
    const first = await read();
    expect(first.map((all) => all.length)).toEqual([20, 10, 30]);
    expect(first[1]?.[0]).toEqual({ channels: ['Paid', 'Email'], conversions: 0, nulls: 1 });
    for await (const _ of corpus.journeys()) {
      expect(await read()).toEqual(first);
      break;
    }
    expect(await read()).toEqual(first);
    corpus.close();
  });

  it('is not written to, nor is anything beside it', async () => {
    const file = write({
      conversions: [conversionOf('c1', 'u1', '2026-03-05 00:00:00')],
      session_sources: [sessionOf('s1', 'u1', '2026-03-02 00:00:00')],
      session_costs: [],
    });
    const [bytes, beside] = [readFileSync(file), readdirSync(folder)];
    const corpus = readDatabase(file, 'USD');
    expect(await listOf(corpus.journeys)).toHaveLength(1);
    expect([readFileSync(file).equals(bytes), readdirSync(folder)]).toEqual([true, beside]);
    corpus.close();
  });
});
