import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { models } from '../models/index.ts';
import { buildReport, creditCorpus, learnCorpus, type ReportChoice } from './build-report.ts';
import { convertCorpus } from './convert-corpus.ts';
import type { Corpus, JourneyGroup } from './corpus.ts';
import { toJson } from './format-report.ts';
import { anyCosts, anyJourneys, channels, corpusOf, journeyOf, type Parts, partsOf, toCorpus } from './testing.ts';

const choice: ReportChoice = { models, groupings: ['channel', 'campaign', 'day'], paths: 10, timeZone: 'UTC' };

const inventGroup = (place: number): JourneyGroup => ({
  journey: journeyOf(
    `c${place}`,
    [3, 2, 1].map((days) => [channels[(place + days) % 4] as string, days]),
    100n,
  ),
  conversions: 1,
});

/** Frees what nothing refers to any more. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

/** Invents so many journeys in each reading, and now and then counts those of all readings that are still held. */
class CountingSource {
  mostHeld = 0;
  read = 0;
  readings = 0;
  #given: WeakRef<object>[] = [];
  readonly #size: number;

  constructor(size: number) {
    this.#size = size;
  }

  readonly journeys = async function* (this: CountingSource): AsyncGenerator<JourneyGroup> {
    this.readings += 1;
    for (let place = 0; place < this.#size; place++) {
      const group = inventGroup(place);
      this.#given.push(new WeakRef(group.journey));
      this.read += 1;
      yield group;
      if (place % 100 === 99) await this.#count();
    }
  }.bind(this);

  async #count(): Promise<void> {
    // What a weak reference was made of is held until the turn of the event loop ends.
    await turn();
    collectGarbage();
    this.#given = this.#given.filter((given) => given.deref() !== undefined);
    this.mostHeld = Math.max(this.mostHeld, this.#given.length);
  }
}

/** The same parts, each a turn of the event loop after the other. */
function toLateCorpus(parts: Parts): Corpus {
  const late = <T>(all: T[]) =>
    async function* (): AsyncGenerator<T> {
      for (const one of all) {
        await turn();
        yield one;
      }
    };
  return { ...toCorpus(parts), journeys: late(parts.groups), nulls: late(parts.nulls), costs: late(parts.costs) };
}

describe('journeys that pass through a report', () => {
  it.each([
    ['as they are', (corpus: Corpus) => corpus],
    ['in another currency', (corpus: Corpus) => convertCorpus(corpus, 'USD', [], () => '2026-03-29')],
  ])('are not held, however many there are, %s', async (_, adapt) => {
    const source = new CountingSource(1_000);
    const corpus = adapt({ ...corpusOf([]), journeys: source.journeys });
    const { totals } = await buildReport('test', corpus, choice);
    expect([totals.conversions, source.read, source.readings]).toEqual([1_000, 2_000, 2]);
    expect(source.mostHeld).toBeLessThan(10);
  });

  it('are read once where no model has to see all of them first', async () => {
    const source = new CountingSource(10);
    const local = models.filter(({ name }) => name === 'linear' || name === 'shapley');
    await buildReport('test', { ...corpusOf([]), journeys: source.journeys }, { ...choice, models: local });
    expect(source.readings).toBe(1);
  });

  it('are handed over with the credits of every model, each before the next is read', async () => {
    const source = new CountingSource(20);
    const taken: [id: string, models: string[], ahead: number][] = [];
    const corpus = { ...corpusOf([]), journeys: source.journeys };
    await creditCorpus('test', corpus, choice, await learnCorpus(corpus, choice), async ({ journey, byModel }) => {
      await turn();
      taken.push([journey.conversionId, byModel.map(({ model }) => model.name), source.read - 20 - taken.length]);
    });
    const names = models.map(({ name }) => name);
    expect(taken).toEqual(Array.from({ length: 20 }, (_, place) => [`c${place}`, names, 1]));
  });

  it('are told alike, whether they are there at once or come one by one', async () => {
    await fc.assert(
      fc.asyncProperty(anyJourneys, anyCosts, async (journeys, costs) => {
        const parts = partsOf(journeys, costs);
        const [atOnce, late] = [await buildReport('test', toCorpus(parts), choice), await buildReport('test', toLateCorpus(parts), choice)];
        expect(toJson(late)).toBe(toJson(atOnce));
      }),
      { numRuns: 20 },
    );
  });
});
