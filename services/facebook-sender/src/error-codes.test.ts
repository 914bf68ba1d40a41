import { describe, expect, it } from '@jest/globals';
import { type Failure, knownCodes, toFailure } from './error-codes.ts';

const between = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, index) => first + index);
type Pair = [code: number, subcode: number | null];
const plain = (...codes: number[]): Pair[] => codes.map((code) => [code, null]);
const payload = (...subcodes: number[]): Pair[] => subcodes.map((subcode) => [100, subcode]);

const pairsByKind: [Failure['kind'], Pair[]][] = [
  [
    'config',
    [
      ...[458, 459, 460, 463, 464, 467, 492, null].map((subcode): Pair => [190, subcode]),
      ...plain(102, 104, 3, 10, ...between(200, 299), 368, 2_635, 2_500),
      ...payload(33),
    ],
  ],
  [
    'throttled',
    [[4, 1_504_022], [4, 1_504_039], [17, 2_446_079], [613, 1_487_742], ...plain(4, 17, 32, 341, 613, ...between(80_000, 80_014))],
  ],
  ['retry', plain(1, 2, 21_009)],
  [
    'rejected',
    [
      ...payload(...[1, 3, 9, 10, 36, 43, 50, 63, 66, 72, 116, 87, 118, 132, 7, 16, 17, 19, 48].map((last) => 2_804_000 + last)),
      ...plain(105),
    ],
  ],
  ['held', [...plain(100, 0, 80_015, 300, 987_654), ...payload(1, 2_805_000)]],
];

describe("Meta's codes", () => {
  it.each(pairsByKind.flatMap(([kind, pairs]) => pairs.map(([code, subcode]) => ({ kind, code, subcode }))))(
    'say that $code with subcode $subcode is $kind',
    ({ kind, code, subcode }) => {
      expect(toFailure(code, subcode, false)).toMatchObject({ kind, code: subcode === null ? String(code) : `${code}/${subcode}` });
    },
  );

  it.each([
    [100, 2_804_001, /fbc/],
    [100, 2_804_003, /older than seven days/],
    [100, 2_804_010, /currency/],
    [100, 2_804_998, /does not document/],
    [190, 463, /token has expired/],
    [190, 460, /password .* was changed/],
    [190, 1, /expired or was revoked/],
    [613, null, /abuse/],
    [613, 1_487_742, /more calls than Meta allows;/],
  ])('tell by %s with subcode %s what happened', (code, subcode, reason) => {
    expect(toFailure(code, subcode, false)).toMatchObject({ reason: expect.stringMatching(reason) });
  });

  it.each([
    ['gives nothing up that Meta calls passing', 100, 2_804_050, 'retry'],
    ['tries what is new but passing again', 987_654, null, 'retry'],
    ['still waits for a throttle that is passing', 4, null, 'throttled'],
    ['still asks somebody for a token', 190, 463, 'config'],
  ])('%s', (_, code, subcode, kind) => {
    expect(toFailure(code, subcode, true)).toMatchObject({ kind });
  });

  it('wait a minute unless Meta says more', () => {
    expect(toFailure(80_004, null, false)).toMatchObject({ afterMs: 60_000 });
  });

  it('are each listed once, with what happened and how it is mended', () => {
    const ranges = knownCodes.map(({ codes, subcodes }) => JSON.stringify([codes, subcodes]));
    expect(new Set(ranges).size).toBe(knownCodes.length);
    expect(knownCodes.filter(({ reason }) => !/^[^;]{10,}; [^;]{10,}[^.]$/.test(reason))).toEqual([]);
  });

  it('are each found: no row stands behind one that takes all of it', () => {
    const shadowed = knownCodes.filter((row) => {
      const { codes, subcodes } = row;
      const subcode = subcodes === undefined || subcodes === 'none' ? null : subcodes[1];
      return toFailure(codes[1], subcode, false).kind !== 'held' && !toFailure(codes[1], subcode, false).reason.endsWith(row.reason);
    });
    // 613 without a subcode has a row of its own before the one for all others.
    expect(shadowed.map(({ codes }) => codes[0])).toEqual([613]);
  });
});
