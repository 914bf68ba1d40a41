import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compareTouches } from '../../journeys/journey.ts';
import { anyJourney, journeyOf, touchAt } from '../testing.ts';
import { createIhcModel } from './ihc-model.ts';
import { membershipAt } from './membership.ts';
import { defaultParameters, parametersSchema } from './parameters.ts';
import { phases } from './score-phases.ts';
import { sumOf } from './shares.ts';

const model = createIhcModel();
const { initializerMembership, closerMembership } = defaultParameters;

describe('membership curves', () => {
  it.each([
    ['nothing is a beginning within two hours', initializerMembership, 1.9, 0],
    ['a point of the curve is met', initializerMembership, 10, 0.14],
    ['between points it runs straight', initializerMembership, 16.5, 0.25],
    ['after 52.7 hours everything is a beginning', initializerMembership, 52.7, 1],
    ['it stays so', initializerMembership, 5_000, 1],
    ['within three minutes of the end all is close', closerMembership, 0.04, 1],
    ['ten hours before the end', closerMembership, 10, 0.39],
    ['nothing is close two days before', closerMembership, 48, 0],
  ])('%s', (_sentence, curve, hours, expected) => {
    expect(membershipAt(curve, hours)).toBeCloseTo(expected, 12);
  });
});

describe('the IHC-compatible local model', () => {
  it('gives all to a single touch, which initializes and closes and does not hold', () => {
    const journey = journeyOf([touchAt(0, { isHolder: false, isCloser: false })]);
    expect(model.credit(journey)).toEqual([1]);
    expect(model.phases(journey)).toEqual({ initializer: [1], holder: [0], closer: [1] });
  });

  it('gives nothing where there is no touch', () => {
    expect(model.credit(journeyOf([]))).toEqual([]);
  });

  it('scores three touches as worked out by hand', () => {
    // Pauses of 10 h and 10 h; 20 h and 10 h to the last.
    const journey = journeyOf([touchAt(0), touchAt(10), touchAt(20)]);
    const initializer = [1, 0.14, 0.14].map((mass) => mass / 1.28);
    const closer = [0.238, 0.39, 1].map((mass) => mass / 1.628);
    const held = [0, 1, 2].map((index) => {
      const [a, b] = [1 - initializer[index]!, 1 - closer[index]!];
      return 0.5 * ((a + b) / 2 + 2 / (1 / a + 1 / b));
    });
    const holder = held.map((mass) => mass / sumOf(held));
    const expected = [0, 1, 2].map((index) => 0.323 * initializer[index]! + 0.374 * holder[index]! + 0.303 * closer[index]!);
    for (const [index, credit] of model.credit(journey).entries()) expect(credit).toBeCloseTo(expected[index]!, 12);
  });

  it('starts over after a pause of full membership: earlier sessions keep nothing in any phase', () => {
    const journey = journeyOf([touchAt(0), touchAt(5), touchAt(57.7), touchAt(60)]);
    for (const phase of phases) {
      expect(model.phases(journey)[phase].slice(0, 2)).toEqual([0, 0]);
      expect(sumOf(model.phases(journey)[phase])).toBeCloseTo(1, 12);
    }
    expect(model.credit(journey).slice(0, 2)).toEqual([0, 0]);
  });

  it('gives to the touches before the last full pause nothing, in any phase of any journey', () => {
    fc.assert(
      fc.property(anyJourney(), (journey) => {
        const { touches } = journey;
        const pauses = touches.map(({ atMs }, place) => (place === 0 ? 0 : (atMs - touches[place - 1]!.atMs) / 3_600_000));
        const start = Math.max(
          0,
          pauses.findLastIndex((hours) => hours >= 52.7),
        );
        const none = touches.slice(0, start).map(() => 0);
        for (const shares of [model.credit(journey), ...phases.map((phase) => model.phases(journey)[phase])]) {
          expect(shares.slice(0, start)).toEqual(none);
        }
        expect(model.credit(journey)[start]).toBeGreaterThan(0);
      }),
    );
  });

  it('does not start over a second before that pause is full', () => {
    const [first = 0] = model.credit(journeyOf([touchAt(0), touchAt(52.7 - 1 / 3_600)]));
    expect(first).toBeGreaterThan(0.01);
  });

  it('takes the latest of several new starts', () => {
    expect(model.credit(journeyOf([touchAt(0), touchAt(100), touchAt(200)]))).toEqual([0, 0, 1]);
  });

  it('lets time alone say who closes where no touch is engaged as a closer', () => {
    const engaged = journeyOf([touchAt(0), touchAt(10)]);
    const idle = journeyOf(engaged.touches.map((touch) => ({ ...touch, isCloser: false })));
    expect(model.phases(idle).closer).toEqual(model.phases(engaged).closer);
  });

  it('credits a journey of which no touch closes as one of which every touch does', () => {
    fc.assert(
      fc.property(anyJourney(), (journey) => {
        const withAll = (isCloser: boolean) => journeyOf(journey.touches.map((touch) => ({ ...touch, isCloser })));
        expect(model.credit(withAll(false))).toEqual(model.credit(withAll(true)));
      }),
    );
  });

  it('holds by the closers that time alone makes, where no touch is engaged as one', () => {
    const engaged = journeyOf([touchAt(0), touchAt(10), touchAt(12)]);
    const idle = journeyOf(engaged.touches.map((touch) => ({ ...touch, isCloser: false })));
    expect(model.phases(idle).holder).toEqual(model.phases(engaged).holder);
  });

  it('lets time alone say who closes where the only engaged closer lies before a new start', () => {
    const patient = createIhcModel({ ...defaultParameters, closerMembership: [[500, 1]] });
    const { closer } = patient.phases(journeyOf([touchAt(0), touchAt(60, { isCloser: false }), touchAt(61, { isCloser: false })]));
    expect(closer).toEqual([0, 0.5, 0.5]);
  });

  it('gives the weight of holders to the other phases where no touch is engaged as one', () => {
    const journey = journeyOf([touchAt(0, { isHolder: false, isCloser: false }), touchAt(1, { isHolder: false })]);
    const { initializer, holder, closer } = model.phases(journey);
    expect([initializer, holder, closer]).toEqual([
      [1, 0],
      [0, 0],
      [0, 1],
    ]);
    expect(model.credit(journey)[0]).toBeCloseTo(0.323 / (0.323 + 0.303), 12);
  });

  it('weighs channels: Direct initializes less and closes more', () => {
    const withFirst = (channel: string) => model.phases(journeyOf([touchAt(0, { channel }), touchAt(10)]));
    expect(withFirst('Direct').initializer[0]).toBeLessThan(withFirst('Organic').initializer[0]!);
    expect(withFirst('Direct').closer[0]).toBeGreaterThan(withFirst('Organic').closer[0]!);
  });

  it('reads a channel by its own name only, never by what every object has', () => {
    const journey = journeyOf([touchAt(0, { channel: 'toString' }), touchAt(10)]);
    expect(model.credit(journey)).toEqual(model.credit(journeyOf([touchAt(0), touchAt(10)])));
  });

  it('finishes a journey of ten thousand touches', () => {
    const credit = model.credit(journeyOf(Array.from({ length: 10_000 }, (_, index) => touchAt(index / 100))));
    expect(sumOf(credit)).toBeCloseTo(1, 9);
    expect(credit.every((share) => share >= 0)).toBe(true);
  });

  it('sums to 1 in every phase that has mass, and in all', () => {
    fc.assert(
      fc.property(anyJourney(), (journey) => {
        const shares = model.phases(journey);
        expect(sumOf(shares.initializer)).toBeCloseTo(1, 9);
        expect(sumOf(shares.closer)).toBeCloseTo(1, 9);
        expect([0, 1]).toContainEqual(Math.round(sumOf(shares.holder) * 1e9) / 1e9);
        expect(sumOf(model.credit(journey))).toBeCloseTo(1, 9);
        for (const share of [...phases.flatMap((phase) => shares[phase]), ...model.credit(journey)]) {
          expect(share).toBeGreaterThanOrEqual(0);
          expect(share).toBeLessThanOrEqual(1 + 1e-12);
        }
      }),
    );
  });

  it('does not change when all times are shifted or the touches come in another order', () => {
    fc.assert(
      fc.property(anyJourney(), fc.integer({ min: -1_000_000, max: 1_000_000 }), (journey, seconds) => {
        const shifted = journey.touches.map((touch) => ({ ...touch, atMs: touch.atMs + seconds * 1_000 })).toReversed();
        expect(model.credit(journeyOf(shifted.sort(compareTouches)))).toEqual(model.credit(journey));
      }),
    );
  });

  it('names itself as what it is, and its parameters and redistribution in its version', () => {
    const rules = { closer: { direction: 'any_session' as const, receive_threshold: 0, redistribution_channel_labels: ['Direct'] } };
    const versions = [
      model.version,
      createIhcModel({ ...defaultParameters, channelWeights: {} }).version,
      createIhcModel(defaultParameters, rules).version,
    ];
    expect(model.name).toBe('ihc-compatible-local');
    expect(model.definition).toContain('not the model behind the IHC API');
    expect(new Set(versions).size).toBe(3);
  });
});

describe('parameters', () => {
  it('takes the defaults, also from a file', () => {
    expect(parametersSchema.parse(JSON.parse(JSON.stringify(defaultParameters)))).toEqual(defaultParameters);
  });

  it.each([
    ['another version', { version: 2 }],
    ['a curve that turns back', { closerMembership: [[2, 1], [1, 0]] }], // biome-ignore format: one line reads best
    ['a curve without points', { closerMembership: [] }],
    ['a membership above 1', { closerMembership: [[1, 1.1]] }],
    ['a phase that weighs nothing', { phaseWeights: { initializer: 0, holder: 1, closer: 1 } }],
    ['an unknown field', { extra: 1 }],
  ])('refuses %s', (_sentence, changes) => {
    expect(parametersSchema.safeParse({ ...defaultParameters, ...changes }).success).toBe(false);
  });
});
