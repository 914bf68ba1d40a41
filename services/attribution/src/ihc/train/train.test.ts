import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Journey, Touch } from '../../journeys/journey.ts';
import { membershipAt } from '../model/membership.ts';
import { defaultParameters, parametersSchema } from '../model/parameters.ts';
import { anyJourneys, journeyOf, touchAt } from '../testing.ts';
import { trainIhc } from './train.ts';

const repeated = (times: number, touches: (index: number) => Touch[]): Journey[] =>
  Array.from({ length: times }, (_, index) => journeyOf(touches(index), { conversionId: `c${index}` }));

describe('the trainer', () => {
  it('keeps everything where the journeys are too few, and says so', () => {
    const { parameters, kept } = trainIhc(repeated(10, () => [touchAt(0), touchAt(1)]));
    expect(parameters).toEqual(defaultParameters);
    expect(kept).toEqual(['phaseWeights', 'channelWeights', 'initializerMembership', 'closerMembership']);
  });

  it('learns nothing from journeys of one touch', () => {
    const telling = repeated(200, (index) => [touchAt(0), touchAt(index / 10 + 1)]);
    const silent = repeated(500, () => [touchAt(0, { channel: 'TV' })]);
    expect(trainIhc([...telling, ...silent])).toEqual(trainIhc(telling));
  });

  it('takes closer membership as the survival of the nearest three quarters of hours to conversion', () => {
    // Engaged 1, 2, … 100 hours before the last session, which is a second before the conversion.
    const { closerMembership } = trainIhc(repeated(100, (index) => [touchAt(100 - (index + 1)), touchAt(100)])).parameters;
    expect(closerMembership.at(-1)?.[0]).toBeCloseTo(75, 2);
    expect(closerMembership.at(-1)?.[1]).toBe(0);
    expect(membershipAt(closerMembership, 37.5)).toBeCloseTo(0.5, 1);
    expect(membershipAt(closerMembership, 0)).toBeGreaterThan(0.95);
  });

  it('leaves sessions that were not engaged as closers out of closer membership', () => {
    const noise = (index: number): Touch => touchAt(index / 100, { isCloser: false });
    const clean = repeated(100, (index) => [touchAt(100 - index), touchAt(101)]);
    const noisy = repeated(100, (index) => [noise(index), touchAt(100 - index), touchAt(101)]);
    expect(trainIhc(noisy).parameters.closerMembership).toEqual(trainIhc(clean).parameters.closerMembership);
  });

  it('starts a journey over where nine of ten pauses are shorter', () => {
    const { initializerMembership } = trainIhc(repeated(100, (index) => [touchAt(0), touchAt(index + 1)])).parameters;
    expect(initializerMembership.at(-1)).toEqual([90, 1]);
    expect(initializerMembership[1]?.[0]).toBeCloseTo((10 * 90) / 52.7, 3);
  });

  it('weighs a channel by the place it prefers', () => {
    const { channelWeights } = trainIhc(
      repeated(200, () => [touchAt(0, { channel: 'TV' }), touchAt(1, { channel: 'Radio' }), touchAt(2, { channel: 'Direct' })]),
    ).parameters;
    expect(channelWeights.TV?.initializer).toBe(2);
    expect(channelWeights.TV?.closer).toBe(0.5);
    expect(channelWeights.Radio?.holder).toBe(2);
    expect(channelWeights.Direct?.closer).toBe(2);
  });

  it('weighs every channel 1 where their order is chance, and hardly moves one that is seldom seen', () => {
    const both = [
      ...repeated(100, () => [touchAt(0, { channel: 'A' }), touchAt(1, { channel: 'B' })]),
      ...repeated(100, () => [touchAt(0, { channel: 'B' }), touchAt(1, { channel: 'A' })]),
      ...repeated(2, () => [touchAt(0, { channel: 'Rare' }), touchAt(1, { channel: 'Rare' }), touchAt(2, { channel: 'Once' })]),
    ];
    const { channelWeights } = trainIhc(both).parameters;
    expect(channelWeights.A).toEqual({ initializer: 1, holder: 1, closer: 1 });
    expect(Math.abs((channelWeights.Once?.closer ?? 0) - 1)).toBeLessThan(0.1);
  });

  it('divides holder and closer by how often touches are engaged as each', () => {
    const { phaseWeights } = trainIhc(repeated(100, () => [touchAt(0, { isCloser: false }), touchAt(1)])).parameters;
    expect(phaseWeights.initializer).toBe(0.323);
    expect(phaseWeights.holder / phaseWeights.closer).toBeCloseTo(2, 1);
    expect(phaseWeights.holder + phaseWeights.closer).toBeCloseTo(0.677, 9);
  });

  it('makes valid parameters of any journeys, whatever their order', () => {
    fc.assert(
      fc.property(anyJourneys(), fc.integer({ min: 1, max: 30 }), (journeys, times) => {
        const many = Array.from({ length: times }, () => journeys).flat();
        const { parameters } = trainIhc(many);
        expect(parametersSchema.parse(parameters)).toEqual(parameters);
        expect(trainIhc(many.toReversed()).parameters).toEqual(parameters);
      }),
    );
  });
});
