import { expect, it } from '@jest/globals';
import type { Database } from '@waybill/shared/db';
import type { TrackingEvent } from '@waybill/shared/messages';
import fc from 'fast-check';
import { sql } from 'kysely';
import { useTestDatabase } from '../../../../infra/local/use-test-database.ts';
import { buildLink, buildUnlink, end, forgetAll, readState } from '../testing.ts';
import { toFacts } from '../tracking/to-facts.ts';
import { saveLinks } from './save-links.ts';

let db: Database;
useTestDatabase(2, (opened) => {
  db = opened;
});

const save = (events: TrackingEvent[]) =>
  saveLinks(
    db,
    events.flatMap((event) => toFacts(event, new Set()).links),
  );

const at = (hour: number): string => new Date(Date.UTC(2026, 9, 1, hour)).toISOString();
const few = fc.nat(2);
/** Few ids and instants: one event with several contents, several of one instant, in small letters and in capitals. */
const event: fc.Arbitrary<TrackingEvent> = fc
  .record({
    id: few,
    company: fc.integer({ min: 41, max: 42 }),
    hour: few,
    sure: few,
    isPrimary: fc.boolean(),
    from: few,
    to: few,
    what: few,
  })
  .map(({ id, company, hour, sure, isPrimary, from, to, what }) => {
    const validity = { validFrom: from === 0 ? null : at(from), validTo: to === 0 ? null : at(10 + to) };
    const link = buildLink(10 + id, end.client(1), end.company(company), at(hour), { confidence: 1 - sure / 4, isPrimary, ...validity });
    if (what === 0) return buildUnlink(10 + id, link, at(hour));
    return what === 1 ? link : { ...link, eventId: link.eventId.toUpperCase() };
  });

const readLinks = async () => {
  const { nodes, edges } = (await readState(db)) as Record<string, unknown>;
  return { nodes, edges };
};

it('what is said of links ends in one state, said at once, one by one, in any order or again', async () => {
  const orders = fc
    .array(event, { minLength: 1, maxLength: 7 })
    .chain((events) => fc.tuple(fc.constant(events), fc.shuffledSubarray([...events, ...events], { minLength: 2 * events.length })));
  await fc.assert(
    fc.asyncProperty(orders, async ([events, order]) => {
      await forgetAll(db);
      await save(events);
      const expected = await readLinks();
      await forgetAll(db);
      for (const one of order) await save([one]);
      expect(await readLinks()).toEqual(expected);
      expect(await save(order)).toEqual({ nodes: [], edges: [] });
      expect(await readLinks()).toEqual(expected);
    }),
    { numRuns: 200 },
  );
}, 60_000);

it('of two reasons to block an identifier one stays, whichever was told first, at once or one after the other', async () => {
  const fact = (blocked: string) => ({
    ...{ from: { type: 'email' as const, value: 'a', blocked }, to: { type: 'company' as const, value: '42', blocked: null } },
    ...{ source: 'crm', eventId: '00000000-0000-4000-8000-000000000001', linkedAt: at(1), unlinkedAt: null },
    ...{ confidence: 1, isPrimary: false, validFrom: null, validTo: null },
  });
  const [role, own] = [fact('a role mailbox'), fact('an address of our own domain')];
  const seen: unknown[] = [];
  for (const order of [[[role, own]], [[own], [role]], [[role], [own]]]) {
    await forgetAll(db);
    for (const facts of order) await saveLinks(db, facts);
    const { rows } = await sql<{ blocked: string }>`select blocked from identity_node where type = 'email'`.execute(db);
    seen.push(...rows.map(({ blocked }) => blocked));
  }
  expect(seen).toEqual(Array.from({ length: 3 }, () => 'an address of our own domain'));
});
