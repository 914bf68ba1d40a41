import { describe, expect, it } from '@jest/globals';
import { clickIdOf, inventConversions, isBad } from './conversions.ts';
import { countFaults, type Figure, findMisses, formatDelivery } from './delivery-figures.ts';

const figure = (changes: Partial<Figure> = {}): Figure => ({
  ...{ peer: null, platform: 'google', badShare: 0, conversions: 10_000, seconds: 2, hung: false, calls: 5 },
  ...{ usage: { cpuSeconds: 3, peakMb: 200 }, lost: 0, misreported: 0, repeated: 0 },
  ...changes,
});
const cells = (changes: Partial<Figure>) =>
  formatDelivery([figure(changes)])
    .split('\n')[1]
    ?.split(/ {2,}/);

describe('what a run did wrong', () => {
  const conversions = inventConversions({ platform: 'google', account: '3625606301', count: 8, badShare: 0.25, run: 1 });
  const all = conversions.map(clickIdOf);
  const bad = conversions.filter(isBad).map(clickIdOf);
  const good = all.filter((id) => !bad.includes(id));

  it.each<[string, string[], string[], { lost: number; misreported: number }]>([
    ['is nothing where the good rows were taken and told as sent', good, good, { lost: 0, misreported: 0 }],
    ['is told apart from what other runs left with the platform', [...good, 'of another run'], good, { lost: 0, misreported: 0 }],
    ['is the good rows that were not taken, though told as failed', [], [], { lost: 6, misreported: 0 }],
    ['is taken rows told as failed', good, [], { lost: 0, misreported: 6 }],
    ['is refused rows told as sent', good, all, { lost: 0, misreported: 2 }],
    ['is both where a good row is not taken but told as sent', good.slice(1), good, { lost: 1, misreported: 1 }],
  ])('%s', (_sentence, taken, sent, expected) => {
    expect(countFaults(conversions, new Set(taken), new Set(sent))).toEqual(expected);
  });
});

describe('the targets', () => {
  it.each<[string, Partial<Figure>, string[]]>([
    ['are met at their bounds', { seconds: 10_000 / 3_000, usage: { cpuSeconds: 3, peakMb: 512 } }, []],
    ['are missed by a slower run', { seconds: 3.34 }, ['conversions/s']],
    ['are missed by a call more', { calls: 6 }, ['calls']],
    ['allow the platforms of smaller requests more calls', { platform: 'facebook', calls: 10 }, []],
    ['count a request that is not full as one', { conversions: 3_000, seconds: 1, calls: 2 }, []],
    ['ask nothing of the calls where bad rows have to be looked for', { badShare: 0.0025, calls: 30 }, []],
    ['are missed by a MB more', { usage: { cpuSeconds: 3, peakMb: 513 } }, ['peak MB']],
    ['do not judge a peak that is not known', { usage: { cpuSeconds: null, peakMb: null } }, []],
    ['are missed by one lost', { lost: 1 }, ['lost, misreported, repeated']],
    ['are missed by one misreported', { misreported: 1 }, ['lost, misreported, repeated']],
    ['are missed by one repeated', { repeated: 1 }, ['lost, misreported, repeated']],
  ])('%s', (_sentence, changes, expected) => {
    expect(findMisses(figure(changes))).toEqual(expected);
  });
});

describe('the table of delivery', () => {
  it.each<[string, Partial<Figure>, string[]]>([
    ['a sender with its verdict', {}, ['google', '0 %', 'Waybill', '10000', '5000', '5.0', '30.0', '200', '0', '0', '0', 'met']],
    [
      'which targets a sender misses',
      { platform: 'bing', badShare: 0.0025, seconds: 5, lost: 2 },
      [
        ...['bing', '0.25 %', 'Waybill', '10000', '2000', '5.0', '30.0', '200', '2', '0', '0'],
        'MISSED: conversions/s; lost, misreported, repeated',
      ],
    ],
    [
      'the peer without a verdict',
      { peer: 'peer', lost: 2 },
      ['google', '0 %', 'peer', '10000', '5000', '5.0', '30.0', '200', '2', '0', '0'],
    ],
    [
      'a hang instead of a rate',
      { peer: 'peer', conversions: 1_500, seconds: 30.02, hung: true, calls: 1, usage: { cpuSeconds: null, peakMb: null } },
      ['google', '0 %', 'peer', '1500', 'hung, 30 s', '6.7', '–', '–', '0', '0', '0'],
    ],
  ])('shows %s', (_sentence, changes, expected) => {
    expect(cells(changes)).toEqual(expected);
  });
});
