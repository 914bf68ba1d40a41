import { counted } from '../wording.ts';
import type { Finding } from './finding.ts';

/** How many candidates a conversion type had in each of the last spans of a day, the latest first; spans before its first are left out. */
export interface Volume {
  conversionType: string;
  perDay: number[];
}

/** So many days must be known before any is called unusual. */
const leastDays = 7;
/** A day may differ by so many, whatever the others were: small numbers jump. */
const alwaysAllowed = 10;
/** Or by half of the usual. */
const usualShare = 0.5;
/** Or by four standard deviations, which for a normal spread are 1.4826 median deviations each. */
const deviations = 4 * 1.4826;

function medianOf(values: number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** The band that the last day is expected in, by the days before it; null where too few are known. */
export function usualBand(before: number[]): { usual: number; least: number; most: number } | null {
  if (before.length < leastDays) return null;
  const usual = medianOf(before);
  const spread = medianOf(before.map((count) => Math.abs(count - usual)));
  const allowed = Math.max(alwaysAllowed, usual * usualShare, deviations * spread);
  return { usual, least: Math.max(0, usual - allowed), most: usual + allowed };
}

/** Types whose last day lies outside the usual band: a broken source, a changed rule, or a campaign that nobody told of. */
export function decideVolume(volumes: Volume[]): Finding[] {
  return volumes.flatMap(({ conversionType, perDay: [last = 0, ...before] }): Finding[] => {
    const band = usualBand(before);
    if (band === null || (last >= band.least && last <= band.most)) return [];
    const few = last < band.least;
    const mend = few ? 'look whether its source, its clicks or its rule broke' : 'look whether a rule changed or a source sends twice';
    const detail = `${counted(last, 'conversion')} in a day, usually about ${Math.round(band.usual)} (${Math.ceil(band.least)} to ${Math.floor(band.most)}); ${mend}`;
    return [{ name: 'unusual-volume', subject: conversionType, detail }];
  });
}
