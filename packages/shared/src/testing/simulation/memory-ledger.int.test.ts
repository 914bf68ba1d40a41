import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { sql } from 'kysely';
import { createTestDatabase } from '../../../../../infra/local/test-database.ts';
import type { Conversion, Outcome } from '../../conversion/index.ts';
import { connect, type Database } from '../../db/index.ts';
import { type Ledger, postgresLedger, type Settlement } from '../../ledger/index.ts';
import { buildConversion } from '../builders.ts';
import { MemoryLedger } from './memory-ledger.ts';

let database: { url: string; drop(): Promise<void> };
let db: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  db = connect(database.url);
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

const correctedAt = '2026-11-20T00:00:00.000Z';
const [one, other] = [buildConversion({ company: null }), buildConversion({ company: null })];
const conversions: Conversion[] = [
  ...[one, other, { ...one, value: null }],
  { ...one, eventId: `${one.eventId}1`, correction: { kind: 'restatement', of: one.eventId, sequence: 1, correctedAt } },
  { ...one, eventId: `${one.eventId}2`, correction: { kind: 'retraction', of: one.eventId, sequence: 2, correctedAt } },
];
const outcomes: Outcome[] = [
  { kind: 'delivered', reference: null },
  { kind: 'rejected', code: 'BAD', reason: 'bad' },
  { kind: 'retry', code: '503', reason: 'down' },
  { kind: 'later', code: 'RECENT', reason: 'too recent', afterMs: 3_600_000 },
];

type Step =
  | { kind: 'claim'; which: number[] }
  | { kind: 'settle'; which: number; attempt: number; outcome: Outcome }
  | { kind: 'republish' }
  | { kind: 'much later' };
const step: fc.Arbitrary<Step> = fc.oneof(
  // Of two contents of one event id a batch holds one: the others are removed before.
  {
    weight: 4,
    arbitrary: fc
      .uniqueArray(fc.nat(4), { selector: (which) => (which % 2 === 0 && which < 4 ? 0 : which), maxLength: 4 })
      .map((which): Step => ({ kind: 'claim', which })),
  },
  {
    weight: 4,
    arbitrary: fc
      .record({ which: fc.nat(4), attempt: fc.integer({ min: 1, max: 3 }), outcome: fc.constantFrom(...outcomes) })
      .map((of): Step => ({ kind: 'settle', ...of })),
  },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: 'republish' }) },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: 'much later' }) },
);

const settlement = (conversion: Conversion, attempt: number, outcome: Outcome): Settlement => ({
  conversion,
  attempt,
  outcome,
  audit: null,
});

async function take(ledger: Ledger, one: Step): Promise<unknown> {
  if (one.kind === 'claim') return ledger.claim(one.which.map((index) => conversions[index] as Conversion));
  if (one.kind === 'settle')
    return [...(await ledger.settle([settlement(conversions[one.which] as Conversion, one.attempt, one.outcome)], () => []))];
  if (one.kind === 'republish') return ledger.republishDue('conversions-google', 10);
  return null;
}

const historyOf = async (ledger: Ledger) =>
  ((await ledger.findHistories([one.eventId])).get(one.eventId) ?? []).sort((left, right) => left.eventId.localeCompare(right.eventId));

it('the ledger in memory and the one in Postgres answer alike, whatever is done to them', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      await sql`truncate delivery, delivery_attempt, sender_outbox`.execute(db);
      let nowMs = 0;
      const inMemory = new MemoryLedger(() => nowMs, 60);
      const inPostgres = postgresLedger(db, 'google', 60);
      for (const one of steps) {
        if (one.kind === 'much later') {
          nowMs += 86_400_000;
          await sql`update delivery set retry_at = retry_at - interval '1 day', lease_until = lease_until - interval '1 day'`.execute(db);
        }
        expect({ one, answer: await take(inMemory, one) }).toEqual({ one, answer: await take(inPostgres, one) });
        expect(await historyOf(inMemory)).toEqual(await historyOf(inPostgres));
      }
    }),
    {
      numRuns: 60,
      examples: [
        [
          [
            { kind: 'claim', which: [0] },
            // The same attempt ends twice, the second time when the row is queued again.
            { kind: 'settle', which: 0, attempt: 1, outcome: outcomes[2] as Outcome },
            { kind: 'much later' },
            { kind: 'republish' },
            { kind: 'settle', which: 0, attempt: 1, outcome: outcomes[0] as Outcome },
          ],
        ],
      ],
    },
  );
});
