import { describe, expect, it } from '@jest/globals';
import { type Figure, formatTable } from './figures.ts';

const figure = (rest: Partial<Figure>): Figure => ({ name: 'some run', seconds: 2, targetSeconds: 3, peakMb: 100, ...rest });
const cells = (table: string, row: number) => table.split('\n')[row]?.split(/ {2,}/);

describe('the table of figures', () => {
  it.each<[string, Partial<Figure>, string[]]>([
    ['at the target is met', { seconds: 3 }, ['some run', '3.00', '≤ 3', 'met', '–', '–', '–', '–', '100', '≤ 400', 'met']],
    [
      'slower than the target is missed',
      { seconds: 3.01 },
      ['some run', '3.01', '≤ 3', 'MISSED', '–', '–', '–', '–', '100', '≤ 400', 'met'],
    ],
    ['with more memory is missed', { peakMb: 401 }, ['some run', '2.00', '≤ 3', 'met', '–', '–', '–', '–', '401', '≤ 400', 'MISSED']],
    ['without a known peak is not judged', { peakMb: null }, ['some run', '2.00', '≤ 3', 'met', '–', '–', '–', '–', '–', '≤ 400']],
    [
      'shows what the service answered, zeros too',
      { considered: 7, eligible: 5, candidates: 0, entities: 3 },
      ['some run', '2.00', '≤ 3', 'met', '7', '5', '0', '3', '100', '≤ 400', 'met'],
    ],
  ])('a run %s', (_, rest, expected) => {
    expect(cells(formatTable([figure(rest)], true), 1)).toEqual(expected);
  });

  it('judges nothing at another size than the targets are meant for', () => {
    expect(formatTable([figure({ seconds: 1 })], false)).not.toMatch(/met|MISSED/);
  });
});
