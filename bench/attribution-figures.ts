import type { Timed } from './attribution-side.ts';

export type Job = 'heuristics' | 'markov';

/** Of one side at one job: medians over the repetitions. */
export interface Figure {
  job: Job;
  by: string;
  isOurs: boolean;
  seconds: number;
  cpuSeconds: number;
  touches: number;
  /** Of the whole side, which holds all journeys, with loading. */
  peakMb: number | null;
  /** From Waybill's; null of Waybill itself. */
  largestDifference: number | null;
}

export interface Streamed {
  journeys: number;
  touches: number;
  seconds: number;
  peakMb: number | null;
}

/** Waybill's seconds at most so many times those of the faster way of DuckDB. */
export const targetRatios: Record<Job, number> = { heuristics: 0.5, markov: 1 };
export const mostDifference = 1e-9;

export function median(numbers: number[]): number {
  const sorted = numbers.toSorted((left, right) => left - right);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
}

export const medianOf = (runs: Timed<unknown>[]): { seconds: number; cpuSeconds: number } => ({
  seconds: median(runs.map(({ seconds }) => seconds)),
  cpuSeconds: median(runs.map(({ cpuSeconds }) => cpuSeconds)),
});

/** Waybill's seconds at a job divided by those of the faster other. */
export function ratioOf(figures: Figure[], job: Job): number {
  const secondsOf = (isOurs: boolean) =>
    figures.filter((figure) => figure.job === job && figure.isOurs === isOurs).map(({ seconds }) => seconds);
  return Math.min(...secondsOf(true)) / Math.min(...secondsOf(false));
}

/** Whether the targets are met, for those that read the figures as JSON. */
export const judge = (figures: Figure[]): { job: Job; ratio: number; targetRatio: number; isMet: boolean }[] =>
  (Object.keys(targetRatios) as Job[]).map((job) => {
    const ratio = ratioOf(figures, job);
    return { job, ratio, targetRatio: targetRatios[job], isMet: ratio <= targetRatios[job] };
  });

/** What is further from Waybill than it may be; none where everything is equal. */
export const findDifferent = (figures: Figure[]): Figure[] =>
  figures.filter(({ largestDifference }) => largestDifference !== null && !(largestDifference <= mostDifference));

const toLines = (head: string[], rows: string[][], leftAligned: number[]): string[] => {
  const widths = head.map((_, index) => Math.max(...[head, ...rows].map((row) => row[index]?.length ?? 0)));
  const pad = (cell: string, index: number) => cell[leftAligned.includes(index) ? 'padEnd' : 'padStart'](widths[index] ?? 0);
  return [head, ...rows].map((row) => row.map(pad).join('  ').trimEnd());
};
const millions = (count: number): string => (count / 1e6).toFixed(1);

function toCells(figures: Figure[], figure: Figure, isFullSize: boolean): string[] {
  const { job, by, isOurs, seconds, cpuSeconds, touches, peakMb, largestDifference } = figure;
  const { ratio, targetRatio, isMet } = judge(figures).find((one) => one.job === job) as ReturnType<typeof judge>[number];
  const judged = [ratio.toFixed(2), `≤ ${targetRatio}`, !isFullSize ? '' : isMet ? 'met' : 'MISSED'];
  return [
    ...[isOurs ? job : '', by, seconds.toFixed(3), cpuSeconds.toFixed(3), millions(touches / seconds)],
    ...(isOurs ? judged : ['', '', '']),
    largestDifference === null ? '' : largestDifference.toExponential(1),
    `${peakMb ?? '–'}`,
  ];
}

/** Both jobs as a table, Waybill first; verdicts only where the targets are meant for this size. */
export function formatFigures(figures: Figure[], isFullSize: boolean): string {
  const head = ['job', 'by', 'seconds', 'CPU s', 'M touches/s', 'ratio', 'target', '', 'largest difference', 'peak MB'];
  return toLines(
    head,
    figures.map((figure) => toCells(figures, figure, isFullSize)),
    [0, 1],
  ).join('\n');
}

export function formatStreamed(streamed: Streamed[]): string {
  const rows = streamed.map(({ journeys, touches, seconds, peakMb }) => [
    ...[`${journeys}`, `${touches}`, seconds.toFixed(1), `${peakMb ?? '–'}`],
  ]);
  return toLines(['journeys streamed', 'touches', 'seconds', 'peak MB'], rows, []).join('\n');
}
