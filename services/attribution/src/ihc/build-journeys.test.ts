import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { buildJourneys } from './build-journeys.ts';
import type { ConversionRow, SessionRow } from './rows.ts';
import { conversionOf, sessionOf } from './testing-tables.ts';

const conversions = (...rows: unknown[]) => rows as ConversionRow[];
const sessions = (...rows: unknown[]) => rows as SessionRow[];
const touchesOf = (...rows: unknown[]): string[][] =>
  buildJourneys(conversions(conversionOf('c1', 'u1', '2026-11-01 10:00:00')), sessions(...rows), 'USD').map(({ touches }) =>
    touches.map(({ id }) => id),
  );

describe('building journeys', () => {
  it.each([
    ['a second before the conversion', '2026-11-01 09:59:59', ['s1']],
    ['at the very second of the conversion', '2026-11-01 10:00:00', []],
    ['a second after it', '2026-11-01 10:00:01', []],
    ['a year before it', '2025-11-01 10:00:00', ['s1']],
  ])('takes or leaves a session %s', (_sentence, at, expected) => {
    expect(touchesOf(sessionOf('s1', 'u1', at))).toEqual([expected]);
  });

  it('takes the sessions of the same user only', () => {
    expect(touchesOf(sessionOf('s1', 'u2', '2026-11-01 09:00:00'))).toEqual([[]]);
  });

  it('orders by time, and by id where the time is the same', () => {
    const at = '2026-11-01 09:00:00';
    expect(touchesOf(sessionOf('b', 'u1', at), sessionOf('a', 'u1', at), sessionOf('c', 'u1', '2026-11-01 08:00:00'))).toEqual([
      ['c', 'a', 'b'],
    ]);
  });

  it('keeps two conversions of one second apart, each with every session before it', () => {
    const journeys = buildJourneys(
      conversions(conversionOf('c2', 'u1', '2026-11-01 10:00:00', '0.1'), conversionOf('c1', 'u1', '2026-11-01 10:00:00', 7)),
      sessions(sessionOf('s1', 'u1', '2026-11-01 09:00:00')),
      'USD',
    );
    expect(journeys.map(({ conversionId, valueMinor, touches }) => [conversionId, valueMinor, touches.length])).toEqual([
      ['c1', 700n, 1],
      ['c2', 10n, 1],
    ]);
  });

  it.each([
    ['USD', '12.345', 1_235n],
    ['JPY', '1200', 1_200n],
    ['KWD', '1.234', 1_234n],
  ])('reads revenue in minor units of %s', (currency, revenue, expected) => {
    const rows = conversions(conversionOf('c1', 'u1', '2026-11-01 10:00:00', revenue));
    expect(buildJourneys(rows, [], currency)[0]?.valueMinor).toBe(expected);
  });

  it('builds the same journeys whatever the order of the rows', () => {
    const any = fc.array(fc.record({ user: fc.integer({ min: 0, max: 2 }), minute: fc.integer({ min: 10, max: 30 }) }), { maxLength: 20 });
    fc.assert(
      fc.property(any, any, (visits, orders) => {
        const visited = visits.map(({ user, minute }, index) => sessionOf(`s${index}`, `u${user}`, `2026-11-01 09:${minute}:00`));
        const ordered = orders.map(({ user, minute }, index) => conversionOf(`c${index}`, `u${user}`, `2026-11-01 09:${minute}:00`));
        const straight = buildJourneys(conversions(...ordered), sessions(...visited), 'USD');
        expect(buildJourneys(conversions(...ordered.toReversed()), sessions(...visited.toReversed()), 'USD')).toEqual(straight);
      }),
    );
  });
});
