import { describe, expect, it } from '@jest/globals';
import { journeyOf, touchAt } from '../testing.ts';
import { ihcAnswerSchema, toIhcSessions } from './wire.ts';

describe('the wire of the IHC API', () => {
  it('holds the sessions of all journeys in one flat list, the last of each marked as converting', () => {
    const first = journeyOf([touchAt(0, { isHolder: false, channel: 'Direct' }), touchAt(1.5, { isCloser: false, isImpression: true })]);
    const second = journeyOf([touchAt(2, { id: 'x' })], { conversionId: 'c2' });
    expect(toIhcSessions([first, second])).toEqual([
      {
        ...{ conversion_id: 'c1', session_id: 's0', timestamp: '2026-01-01 00:00:00', channel_label: 'Direct' },
        ...{ holder_engagement: 0, closer_engagement: 1, conversion: 0, impression_interaction: 0 },
      },
      {
        ...{ conversion_id: 'c1', session_id: 's1.5', timestamp: '2026-01-01 01:30:00', channel_label: 'Organic' },
        ...{ holder_engagement: 1, closer_engagement: 0, conversion: 1, impression_interaction: 1 },
      },
      {
        ...{ conversion_id: 'c2', session_id: 'x', timestamp: '2026-01-01 02:00:00', channel_label: 'Organic' },
        ...{ holder_engagement: 1, closer_engagement: 1, conversion: 1, impression_interaction: 0 },
      },
    ]);
  });

  it.each([
    ['none', undefined, []],
    ['null', null, []],
    ['a list', ['a', { b: 1 }], ['a', { b: 1 }]],
    ['a text', 'conversion c1 failed', ['conversion c1 failed']],
    ['an object', { c1: 406 }, [{ c1: 406 }]],
  ])('takes partial failures in any form: %s', (_sentence, partialFailureErrors, expected) => {
    expect(ihcAnswerSchema.parse({ statusCode: 206, value: [], partialFailureErrors }).partialFailureErrors).toEqual(expected);
  });
});
