import { describe, expect, it } from '@jest/globals';
import { countTouches, type JourneyColumns } from '../services/attribution/src/columns/journey-columns.ts';
import { type Figure, findDifferent, formatFigures, formatStreamed, judge, median, ratioOf } from './attribution-figures.ts';
import { channelNames, inventJourneys, mostTouches, windowEndsAtMs, windowSeconds } from './attribution-journeys.ts';
import { fullJourneys, readAttributionOptions } from './attribution-options.ts';

const invent = (journeys: number, seed = 1): JourneyColumns[] => [...inventJourneys({ journeys, seed })];
const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0);
const lengthsOf = ({ starts, converted }: JourneyColumns): number[] =>
  [...converted.keys()].map((journey) => (starts[journey + 1] as number) - (starts[journey] as number));

describe('invented journeys', () => {
  const chunks = invent(20_000);

  it('convert every other time', () => {
    expect(sum(chunks.map(({ converted }) => converted.length))).toBe(40_000);
    expect(sum(chunks.flatMap(({ converted }) => [...converted]))).toBe(20_000);
  });

  it('have 4.3 touches on average, mostly few and sometimes very many', () => {
    const lengths = chunks.flatMap(lengthsOf).toSorted((left, right) => left - right);
    expect(sum(lengths) / lengths.length).toBeCloseTo(4.3, 1);
    expect(lengths[0]).toBe(1);
    expect(lengths[lengths.length / 2]).toBe(3);
    expect(lengths.at(-1)).toBeGreaterThan(50);
    expect(lengths.at(-1)).toBeLessThanOrEqual(mostTouches);
  });

  it('lie in order inside the 90 days before the end, some touches at one instant', () => {
    let ties = 0;
    for (const { starts, converted, atMs } of chunks)
      for (const journey of converted.keys()) {
        const times = [...atMs.subarray(starts[journey], starts[journey + 1])];
        expect(times).toEqual(times.toSorted((left, right) => left - right));
        expect(times[0]).toBeGreaterThanOrEqual(windowEndsAtMs - windowSeconds * 1_000);
        expect(times.at(-1)).toBeLessThanOrEqual(windowEndsAtMs);
        ties += times.length - new Set(times).size;
      }
    expect(ties).toBeGreaterThan(0);
  });

  it('come by all channels, by other ones when they convert', () => {
    const counts = channelNames.map(() => [0, 0] as [number, number]);
    for (const { starts, converted, channels } of chunks)
      for (const [journey, flag] of converted.entries())
        for (const channel of channels.subarray(starts[journey], starts[journey + 1]))
          (counts[channel] as [number, number])[flag as 0 | 1]++;
    expect(counts.every(([nowhere, converting]) => nowhere > 0 && converting > 0)).toBe(true);
    const [, , , brand] = counts;
    expect(brand?.[1]).toBeGreaterThan(2 * (brand?.[0] ?? 0));
  });

  it('are the same for the same seed, others for another, and in chunks of a bounded size', () => {
    expect(invent(500, 7)).toEqual(invent(500, 7));
    expect(invent(500, 7)).not.toEqual(invent(500, 8));
    expect(chunks.length).toBeGreaterThan(5);
    for (const columns of chunks) expect(countTouches(columns)).toBeLessThan(16_384 + 2 * mostTouches);
  });
});

describe('the options of the bench of attribution', () => {
  it('are the full size by default', () => {
    expect(readAttributionOptions([])).toEqual({ plan: { journeys: fullJourneys, seed: 1 }, jsonFile: null });
    expect(readAttributionOptions(['--journeys', '10', '--seed', '0'])?.plan).toEqual({ journeys: 10, seed: 0 });
    expect(readAttributionOptions(['--help'])).toBeNull();
  });

  it.each([
    [['--journeys', '0'], '--journeys 0: give a whole number from 1'],
    [['--journeys', 'all'], '--journeys all: give a whole number'],
    [['--seed', '-1'], '--seed'],
    [['--json', '/there/is/no/such/folder/x.json'], 'is no folder that can be written to'],
    [['--unknown'], "Unknown option '--unknown'"],
  ])('%j are refused with what to give instead', (args, message) => {
    expect(() => readAttributionOptions(args)).toThrow(message);
  });
});

const figureOf = (by: string, job: Figure['job'], seconds: number, changes: Partial<Figure> = {}): Figure => ({
  ...{ job, by, isOurs: by === 'Waybill', seconds, cpuSeconds: seconds, touches: 1_000_000, peakMb: 100 },
  ...{ largestDifference: by === 'Waybill' ? null : 1e-15, ...changes },
});
const figures = [
  ...[figureOf('Waybill', 'heuristics', 1), figureOf('one way', 'heuristics', 4), figureOf('another', 'heuristics', 2)],
  ...[figureOf('Waybill', 'markov', 1.01), figureOf('one way', 'markov', 1), figureOf('another', 'markov', 3)],
];

describe('the figures of the bench of attribution', () => {
  it('are held against the faster way of the other', () => {
    expect(ratioOf(figures, 'heuristics')).toBe(0.5);
    expect(judge(figures).map(({ isMet }) => isMet)).toEqual([true, false]);
  });

  it('are judged in the table at full size only', () => {
    expect(formatFigures(figures, true)).toMatch(/^heuristics {2}Waybill +1\.000 +1\.000 +1\.0 +0\.50 +≤ 0\.5 +met +100$/m);
    expect(formatFigures(figures, true)).toMatch(/^markov .* 1\.01 +≤ 1 +MISSED/m);
    expect(formatFigures(figures, false)).not.toMatch(/met|MISSED/);
    expect(formatStreamed([{ journeys: 2, touches: 9, seconds: 0.12, peakMb: null }])).toContain('       2        9      0.1        –');
  });

  it.each([
    [1e-9, 0],
    [1.1e-9, 1],
    [Number.POSITIVE_INFINITY, 1],
    [Number.NaN, 1],
  ])('that differ by %p are so many that differ: %p', (largestDifference, count) => {
    expect(findDifferent([...figures, figureOf('another', 'markov', 1, { largestDifference })])).toHaveLength(count);
  });

  it.each([
    [[3, 1, 2], 2],
    [[4, 1, 2, 3], 2.5],
    [[7], 7],
  ])('of %j are told by their median %p', (numbers, expected) => {
    expect(median(numbers)).toBe(expected);
  });
});
