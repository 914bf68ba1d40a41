import { ChannelTotals } from '../services/attribution/src/columns/channel-totals.ts';
import { type ColumnCredits, CreditBuffers, creditColumns } from '../services/attribution/src/columns/credit-columns.ts';
import { countTouches, type JourneyColumns } from '../services/attribution/src/columns/journey-columns.ts';
import { TransitionCounts } from '../services/attribution/src/columns/transition-counts.ts';
import { removalEffects } from '../services/attribution/src/models/markov.ts';
import { channelNames, heuristics, inventJourneys, type JourneyPlan } from './attribution-journeys.ts';
import { serveJobs, time } from './attribution-side.ts';

const plan = JSON.parse(process.argv[2] ?? '') as JourneyPlan;
let chunks: JourneyColumns[] = [];
let kept: ColumnCredits[] = [];

function load(): number {
  chunks = [...inventJourneys(plan)];
  return chunks.reduce((sum, columns) => sum + countTouches(columns), 0);
}

/** Keeps every credit, as DuckDB's table does. */
function credit(): void {
  for (const columns of chunks) kept.push(creditColumns(columns, heuristics));
}

function findEffects(): number[] {
  const counts = new TransitionCounts(channelNames);
  for (const columns of chunks) counts.add(columns);
  return [...removalEffects(counts.toTransitions(), channelNames).values()];
}

/** Both jobs, and the credits of each channel, on journeys that come and go a chunk at a time. */
function stream(): number {
  const buffers = new CreditBuffers(heuristics);
  const totals = new ChannelTotals(heuristics, channelNames.length);
  const counts = new TransitionCounts(channelNames);
  let touches = 0;
  for (const columns of inventJourneys(plan)) {
    totals.add(columns, creditColumns(columns, heuristics, buffers));
    counts.add(columns);
    touches += countTouches(columns);
  }
  removalEffects(counts.toTransitions(), channelNames);
  return touches;
}

serveJobs({
  load,
  heuristics: () => {
    kept = [];
    return time(credit);
  },
  markov: () => time(findEffects),
  stream: () => time(stream),
});
