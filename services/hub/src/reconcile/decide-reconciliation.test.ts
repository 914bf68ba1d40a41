import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type CountPart, decideCounting, decideReconciliation, isUnexplained, type LedgerPart } from './decide-reconciliation.ts';

const part = (status: LedgerPart['status'], count: number, code: string | null = null): LedgerPart => ({
  ...{
    platform: 'google',
    account: '1',
    action: '7',
    day: '2026-11-19',
    status,
    code,
    reason: code === null ? null : `because of ${code}`,
    count,
  },
});
const request = (
  source: string,
  accepted: number,
  counted: number | null,
  reasons: Record<string, number> = {},
  isOpen = false,
): CountPart => ({
  ...{ source, accepted, counted, isOpen, tooRecent: 0 },
  reasons: Object.entries(reasons).map(([code, count]) => ({ code, reason: `because of ${code}`, count })),
});
const report = (counted: number, reasons: Record<string, number> = {}, tooRecent = 0): CountPart => ({
  ...request('report', 0, counted, reasons),
  ...{ accepted: null, tooRecent },
});

describe('what was accepted', () => {
  it.each<[string, number, CountPart[], string]>([
    ['is counted', 5, [request('r', 5, 5)], 'counted 5'],
    ['is counted by several requests', 9, [request('r', 5, 5), request('s', 4, 4)], 'counted 9'],
    ['is left out for the reasons that the platform gives', 5, [request('r', 5, 3, { DENIED: 2 })], 'counted 3, uncounted 2'],
    ['is not told of yet', 5, [request('r', 5, null, {}, true)], 'untold 5'],
    ['is lost in silence, and the request is named', 6, [request('r', 5, 3), request('s', 1, 1)], 'counted 4, unexplained 2 in r'],
    ['was never told of, and the request is named', 5, [request('r', 5, null)], 'unexplained 5 in r'],
    ['is more there than here', 5, [request('r', 5, 6)], 'counted 6, unexplained -1 in r'],
    ['went to a platform that tells nothing', 5, [], 'untold 5'],
    ['went in part by a way that tells nothing', 5, [request('r', 3, 3)], 'counted 3, untold 2'],
    ['is counted by a report', 5, [report(5)], 'counted 5'],
    ['is missing in a report', 5, [report(3, { NoMatchingClickFound: 1 })], 'counted 3, uncounted 1, unexplained 1 in report'],
    ['was sent again, and the report tells of that too', 5, [report(5, { DuplicateConversionKey: 2 })], 'counted 5'],
    ['is more in a report than here', 5, [report(6)], 'counted 6, unexplained -1 in report'],
    ['is too recent for a report', 5, [report(3, {}, 2)], 'counted 3, untold 2'],
    ['is missing in a report in part and in part too recent', 5, [report(1, {}, 2)], 'counted 1, untold 2, unexplained 2 in report'],
    ['went with corrections, which a request is about too', 5, [request('r', 7, 7)], 'counted 7'],
    ['is none, and none is missed', 0, [], ''],
  ])('%s', (_sentence, accepted, parts, expected) => {
    const { sources, ...figures } = decideCounting(accepted, parts);
    const told = Object.entries(figures).flatMap(([name, count]) => (count === 0 ? [] : [`${name} ${count}`]));
    expect(`${told.join(', ')}${sources.length === 0 ? '' : ` in ${sources.join(', ')}`}`).toBe(expected);
  });

  it('is the sum of its parts, whatever the platform tells', () => {
    const figure = fc.nat(50);
    const anyRequest = fc
      .record({ accepted: figure, counted: fc.option(figure), failed: figure, isOpen: fc.boolean() })
      .map(({ accepted, counted, failed, isOpen }) => request('r', accepted, counted, { FAILED: failed }, isOpen));
    const anyReport = fc
      .record({ counted: figure, failed: figure, tooRecent: figure })
      .map((of) => report(of.counted, { FAILED: of.failed }, of.tooRecent));
    fc.assert(
      fc.property(figure, fc.oneof(fc.array(anyRequest), fc.array(anyReport, { maxLength: 1 })), (accepted, parts) => {
        const { counted, uncounted, untold, unexplained, sources } = decideCounting(accepted, parts);
        const about = parts.reduce((total, one) => total + (one.accepted ?? 0), 0);
        expect(counted + uncounted + untold + unexplained).toBe(Math.max(accepted, about));
        expect(sources.length > 0 || unexplained === 0).toBe(true);
      }),
    );
  });
});

describe('an action and day', () => {
  it('tells for each difference why', () => {
    const reconciled = decideReconciliation(
      [part('unclaimed', 1), part('waiting', 2, 'HTTP_502'), part('waiting', 1), part('rejected', 3, 'TOO_OLD'), part('accepted', 10)],
      [request('r', 6, 5, { DENIED: 1 }), request('s', 4, 2, { DENIED: 1 })],
    );
    expect(reconciled).toMatchObject({
      ...{
        eligible: 17,
        unclaimed: 1,
        waiting: 3,
        rejected: 3,
        accepted: 10,
        counted: 7,
        uncounted: 2,
        untold: 0,
        unexplained: 1,
        strays: 0,
      },
      sources: ['s'],
    });
    expect(reconciled.differences.map(({ stage, code, count }) => `${count} ${stage}: ${code}`)).toEqual([
      ...['2 waiting: HTTP_502', '1 waiting: IN_FLIGHT', '3 rejected: TOO_OLD', '2 not counted: DENIED'],
    ]);
    expect(isUnexplained(reconciled)).toBe(true);
  });

  it('is explained where everything that is missing has a reason', () => {
    expect(
      isUnexplained(decideReconciliation([part('rejected', 3, 'TOO_OLD'), part('accepted', 2)], [request('r', 2, 1, { DENIED: 1 })])),
    ).toBe(false);
  });

  it('is not where something was sent that never was eligible', () => {
    expect(isUnexplained(decideReconciliation([part('stray', 1)], []))).toBe(true);
  });

  it('has as many eligible as it has parts', () => {
    const statuses = ['unclaimed', 'waiting', 'rejected', 'accepted'] as const;
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...statuses), fc.nat(50)), { minLength: 1 }), (parts) => {
        const ledger = parts.map(([status, count]) => part(status, count)) as [LedgerPart, ...LedgerPart[]];
        const { eligible, unclaimed, waiting, rejected, accepted } = decideReconciliation(ledger, []);
        expect(eligible).toBe(parts.reduce((total, [, count]) => total + count, 0));
        expect(unclaimed + waiting + rejected + accepted).toBe(eligible);
      }),
    );
  });
});
