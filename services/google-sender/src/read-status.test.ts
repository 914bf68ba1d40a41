import { describe, expect, it } from '@jest/globals';
import { readStatus } from './read-status.ts';

const destination = (reference: string, requestStatus: string, recordCount: number, failed: Record<string, number> = {}) => ({
  destination: { reference, productDestinationId: reference },
  ...{ requestStatus, eventsIngestionStatus: { recordCount: `${recordCount}` } },
  errorInfo: { errorCounts: Object.entries(failed).map(([reason, count]) => ({ reason, recordCount: `${count}` })) },
});
const status = (...destinations: object[]) => readStatus({ requestStatusPerDestination: destinations });
const told = (from: ReturnType<typeof status>) =>
  from.kind === 'told'
    ? from.counts.map(({ action, counted, reasons }) =>
        [action, counted, ...reasons.map(({ code, count }) => `${count} ${code.replace('PROCESSING_ERROR_REASON_', '')}`)].join(' '),
      )
    : from.kind;

describe('the status of a request', () => {
  it.each<[string, object[], string | string[]]>([
    ['counts what succeeded', [destination('1', 'SUCCESS', 7)], ['1 7']],
    ['counts each action for itself', [destination('1', 'SUCCESS', 7), destination('2', 'SUCCESS', 2)], ['1 7', '2 2']],
    [
      'leaves out what failed, each with its reason',
      [
        destination('1', 'PARTIAL_SUCCESS', 7, {
          PROCESSING_ERROR_REASON_DENIED_CONSENT: 2,
          PROCESSING_ERROR_REASON_EVENT_TOO_OLD: 1,
        }),
      ],
      ['1 4 2 DENIED_CONSENT 1 EVENT_TOO_OLD'],
    ],
    ['counts nothing where all failed, even without a reason', [destination('1', 'FAILED', 7)], ['1 0 7 FAILED']],
    ['is not there yet', [destination('1', 'SUCCESS', 7), { requestStatus: 'PROCESSING' }], 'pending'],
    ['is not there at all', [], 'pending'],
    ['is one of tomorrow', [destination('1', 'POSTPONED', 7)], 'unknown'],
  ])('%s', (_sentence, destinations, expected) => {
    expect(told(status(...destinations))).toEqual(expected);
  });

  it('in another form is unknown', () => {
    expect(readStatus({ status: 'SUCCESS' }).kind).toBe('unknown');
  });
});
