import type { Touch } from '../journeys/journey.ts';
import { type Fitted, fit, type Model } from '../models/index.ts';
import { splitValue } from '../money/split-value.ts';
import { type Corpus, pathsOf } from './corpus.ts';

/** What one touch of a journey is credited with. */
export interface TouchCredit {
  conversionId: string;
  touch: Touch;
  conversions: number;
  valueMinor: bigint;
}

/** What a model makes of a corpus: its credits, and what it credits to no touch. */
export interface Credited {
  model: Pick<Model, 'name' | 'version' | 'definition'>;
  credits: TouchCredit[];
  shares: Fitted['shares'];
  attributed: { conversions: number; valueMinor: bigint };
  unattributed: { conversions: number; valueMinor: bigint };
}

/** Credits every journey of a corpus; the value of each is split to the last unit. */
export function creditCorpus(corpus: Corpus, model: Model): Credited {
  const fitted = fit(model, pathsOf(corpus));
  const credits: TouchCredit[] = [];
  const attributed = { conversions: 0, valueMinor: 0n };
  const unattributed = { conversions: 0, valueMinor: 0n };
  for (const { journey, conversions } of corpus.groups) {
    const weights = fitted.credit(journey);
    const isCredited = weights.some((weight) => weight > 0);
    const side = isCredited ? attributed : unattributed;
    side.conversions += conversions;
    side.valueMinor += journey.valueMinor;
    if (!isCredited) continue;
    const values = splitValue(journey.valueMinor, weights);
    for (const [place, touch] of journey.touches.entries()) {
      const weight = weights[place] ?? 0;
      if (weight > 0)
        credits.push({ conversionId: journey.conversionId, touch, conversions: weight * conversions, valueMinor: values[place] ?? 0n });
    }
  }
  const { name, version, definition } = model;
  return { model: { name, version, definition }, credits, shares: fitted.shares, attributed, unattributed };
}
