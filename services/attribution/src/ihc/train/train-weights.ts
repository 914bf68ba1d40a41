import type { Journey, Touch } from '../../journeys/journey.ts';
import type { IhcParameters, PhaseWeights } from '../model/parameters.ts';
import { type Phase, phases } from '../model/score-phases.ts';

/** So many journeys are added at weight 1, so that a channel seldom seen stays near it. */
const priorJourneys = 20;
const [leastWeight, mostWeight] = [0.5, 2];
const leastJourneys = 100;

const rounded = (number: number): number => Math.round(number * 1_000) / 1_000;

/** The touches of a journey that stand where a phase has its place: the first, those between, the last. */
const placeOf: Record<Phase, (touches: Touch[]) => Touch[]> = {
  initializer: (touches) => touches.slice(0, 1),
  holder: (touches) => touches.slice(1, -1),
  closer: (touches) => touches.slice(-1),
};

/** How often each channel stands in a phase's place, over how often it would if the order of each journey were left to chance. */
function weighChannels(journeys: Journey[], phase: Phase): Map<string, number> {
  const found = new Map<string, number>();
  const expected = new Map<string, number>();
  const add = (to: Map<string, number>, { channel }: Touch, amount: number): void => void to.set(channel, (to.get(channel) ?? 0) + amount);
  for (const { touches } of journeys) {
    const placed = placeOf[phase](touches);
    for (const touch of placed) add(found, touch, 1);
    for (const touch of touches) add(expected, touch, placed.length / touches.length);
  }
  return new Map(
    [...expected].map(([channel, chance]) => {
      const weight = ((found.get(channel) ?? 0) + priorJourneys) / (chance + priorJourneys);
      return [channel, rounded(Math.min(mostWeight, Math.max(leastWeight, weight)))];
    }),
  );
}

/** The weight of each channel in each phase, from journeys of several touches; null where there are too few to tell. */
export function trainChannelWeights(journeys: Journey[]): IhcParameters['channelWeights'] | null {
  if (journeys.length < leastJourneys) return null;
  const [initializer, holder, closer] = phases.map((phase) => weighChannels(journeys, phase)) as [
    Map<string, number>,
    Map<string, number>,
    Map<string, number>,
  ];
  const channels = [...initializer.keys()].sort();
  return Object.fromEntries(
    channels.map((channel) => [
      channel,
      { initializer: initializer.get(channel) ?? 1, holder: holder.get(channel) ?? 1, closer: closer.get(channel) ?? 1 },
    ]),
  );
}

/**
 * Divides what holder and closer weigh together by how often touches are engaged as the one and as the other. What the initializer weighs
 * stays: converting journeys do not say it; and neither goes below a tenth. Null where there are too few journeys to tell.
 */
export function trainPhaseWeights(journeys: Journey[], prior: PhaseWeights): PhaseWeights | null {
  const touches = journeys.flatMap((journey) => journey.touches);
  const holders = touches.filter(({ isHolder }) => isHolder).length;
  const closers = touches.filter(({ isCloser }) => isCloser).length;
  if (journeys.length < leastJourneys || holders === 0 || closers === 0) return null;
  const together = prior.holder + prior.closer;
  const holder = rounded(Math.min(0.9, Math.max(0.1, holders / (holders + closers))) * together);
  return { initializer: prior.initializer, holder, closer: rounded(together - holder) };
}
