import { describe, expect, it } from '@jest/globals';
import { readStatus } from './read-status.ts';

const destination = (reference: string, requestStatus: string, recordCount: number, failed: Record<string, number> = {}) => ({
  destination: { reference, productDestinationId: reference.split('_')[0] },
  ...{ requestStatus, eventsIngestionStatus: { recordCount: `${recordCount}` } },
  errorInfo: { errorCounts: Object.entries(failed).map(([reason, count]) => ({ reason, recordCount: `${count}` })) },
});
const status = (...destinations: object[]) => readStatus({ requestStatusPerDestination: destinations });
const told = (from: ReturnType<typeof status>) =>
  from.kind === 'told'
    ? from.counts.map(({ action, day, counted, reasons }) =>
        [action, day, counted, ...reasons.map(({ code, count }) => `${count} ${code.replace('PROCESSING_ERROR_REASON_', '')}`)].join(' '),
      )
    : from.kind;

describe('the status of a request', () => {
  it.each<[string, object[], string | string[]]>([
    ['counts what succeeded', [destination('1_2026-11-19', 'SUCCESS', 7)], ['1 2026-11-19 7']],
    [
      'counts each action and day for itself',
      [destination('1_2026-11-19', 'SUCCESS', 7), destination('1_2026-11-20', 'SUCCESS', 2), destination('2_2026-11-19', 'SUCCESS', 1)],
      ['1 2026-11-19 7', '1 2026-11-20 2', '2 2026-11-19 1'],
    ],
    [
      'leaves out what failed, each with its reason',
      [
        destination('1_2026-11-19', 'PARTIAL_SUCCESS', 7, {
          PROCESSING_ERROR_REASON_DENIED_CONSENT: 2,
          PROCESSING_ERROR_REASON_EVENT_TOO_OLD: 1,
        }),
      ],
      ['1 2026-11-19 4 2 DENIED_CONSENT 1 EVENT_TOO_OLD'],
    ],
    ['counts nothing where all failed, even without a reason', [destination('1_2026-11-19', 'FAILED', 7)], ['1 2026-11-19 0 7 FAILED']],
    ['is not there yet', [destination('1_2026-11-19', 'SUCCESS', 7), { requestStatus: 'PROCESSING' }], 'pending'],
    ['is not there at all', [], 'pending'],
    ['is one of tomorrow', [destination('1_2026-11-19', 'POSTPONED', 7)], 'unknown'],
    ['passes over a destination that is none of ours', [destination('list', 'SUCCESS', 7)], []],
  ])('%s', (_sentence, destinations, expected) => {
    expect(told(status(...destinations))).toEqual(expected);
  });

  it('in another form is unknown', () => {
    expect(readStatus({ status: 'SUCCESS' }).kind).toBe('unknown');
  });
});
