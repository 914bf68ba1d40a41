import type { Conversion } from '@waybill/shared/conversion';
import { clickIdOf, isBad } from './conversions.ts';
import type { Usage } from './watch-usage.ts';

/** What went wrong with a run's conversions, counted. */
export interface Faults {
  /** Good ones that the platform did not take. */
  lost: number;
  /** Taken ones that were told as failed, and others that were told as sent. */
  misreported: number;
  /** What the platform was sent again after it had taken it. */
  repeated: number;
}

export interface Figure extends Faults {
  /** Null: one of our senders. Else which way the peer was driven. */
  peer: string | null;
  platform: string;
  badShare: number;
  conversions: number;
  seconds: number;
  hung: boolean;
  calls: number;
  usage: Usage;
}

/** For 10,000 good conversions: the fewest calls that the platform's own limits allow. Where it names no bad row, looking for one costs more. */
const mostCalls: Record<string, number> = { google: 5, facebook: 10, bing: 10 };
export const targets = { conversionsPerSecond: 3_000, peakMb: 512, wrong: 0 };

/** Compares what a platform took, and what was told as sent, with what there was; click ids tell conversions apart. */
export function countFaults(
  conversions: Conversion[],
  taken: ReadonlySet<string>,
  sent: ReadonlySet<string>,
): Pick<Faults, 'lost' | 'misreported'> {
  const ids = conversions.map(clickIdOf);
  return {
    lost: conversions.filter((conversion) => !isBad(conversion) && !taken.has(clickIdOf(conversion))).length,
    misreported: ids.filter((id) => taken.has(id) !== sent.has(id)).length,
  };
}

export const wrongOf = ({ lost, misreported, repeated }: Faults): number => lost + misreported + repeated;
const perSecond = ({ conversions, seconds }: Figure): number => conversions / seconds;
const callsPer10000 = ({ calls, conversions }: Figure): number => (calls / conversions) * 10_000;

/** The targets that one of our senders misses, by the names of their columns. */
export function findMisses(figure: Figure): string[] {
  const { platform, badShare, conversions, usage } = figure;
  const checks: [name: string, isMissed: boolean][] = [
    ['conversions/s', perSecond(figure) < targets.conversionsPerSecond],
    ['calls', badShare === 0 && figure.calls > Math.ceil((mostCalls[platform] ?? Number.POSITIVE_INFINITY) * (conversions / 10_000))],
    ['peak MB', usage.peakMb !== null && usage.peakMb > targets.peakMb],
    ['lost, misreported, repeated', wrongOf(figure) > targets.wrong],
  ];
  return checks.flatMap(([name, isMissed]) => (isMissed ? [name] : []));
}

const head = [
  ...['platform', 'bad rows', 'by', 'conversions', 'conversions/s', 'calls per 10,000', 'CPU s per 100,000', 'peak MB'],
  ...['lost', 'misreported', 'repeated', 'targets'],
];
const leftAligned = [0, 2, head.length - 1];

function toCells(figure: Figure): string[] {
  const { platform, badShare, peer, conversions, seconds, hung, usage, lost, misreported, repeated } = figure;
  const misses = findMisses(figure);
  return [
    ...[platform, `${badShare * 100} %`, peer ?? 'Waybill', `${conversions}`],
    ...[hung ? `hung, ${Math.round(seconds)} s` : `${Math.round(perSecond(figure))}`, callsPer10000(figure).toFixed(1)],
    usage.cpuSeconds === null ? '–' : ((usage.cpuSeconds / conversions) * 100_000).toFixed(1),
    ...[`${usage.peakMb ?? '–'}`, `${lost}`, `${misreported}`, `${repeated}`],
    peer !== null ? '' : misses.length === 0 ? 'met' : `MISSED: ${misses.join('; ')}`,
  ];
}

const calls = Object.entries(mostCalls).map(([platform, most]) => `${most} ${platform}`);
export const caption = `Waybill: from queue to settled in the ledger, with audit. The peer: its upload alone, without queue, ledger or audit, from memory,
with Node's own bounds of memory instead of a service's.
Lost: good rows that the platform did not take. Misreported: taken rows told as failed, and others told as sent. Repeated: taken twice.
Targets for Waybill: at least ${targets.conversionsPerSecond} conversions/s; calls per 10,000 good rows at most ${calls.join(', ')}; at most ${targets.peakMb} MB; none lost, misreported or repeated.`;

export function formatDelivery(figures: Figure[]): string {
  const rows = [head, ...figures.map(toCells)];
  const widths = head.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
  const pad = (cell: string, index: number) => cell[leftAligned.includes(index) ? 'padEnd' : 'padStart'](widths[index] ?? 0);
  return [...rows.map((row) => row.map(pad).join('  ').trimEnd()), '', caption].join('\n');
}
