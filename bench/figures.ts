/** What `POST /run` answers; what is not there is not known. */
export interface RunReport {
  isFull?: boolean;
  entities?: number;
  considered?: number;
  eligible?: number;
  candidates?: number;
  reasons?: Record<string, number>;
}

export interface Figure extends RunReport {
  name: string;
  seconds: number;
  targetSeconds: number | null;
  /** Of the service, from its start until every candidate was published; null where it cannot be had. */
  peakMb: number | null;
}

export const targetMb = 400;

/** Null where there is no target, or the figure is not known. */
export const isMet = (figure: number | null, target: number | null): boolean | null =>
  figure === null || target === null ? null : figure <= target;

const verdict = (met: boolean | null): string => (met === null ? '' : met ? 'met' : 'MISSED');
const shown = (count: number | null | undefined): string => (count === null || count === undefined ? '–' : `${count}`);

/** The figures as a table; verdicts only where the targets are meant for this size. */
export function formatTable(figures: Figure[], isFullSize: boolean): string {
  const judged = (figure: number | null, target: number | null) => (isFullSize ? verdict(isMet(figure, target)) : '');
  const rows = figures.map(({ name, seconds, targetSeconds, considered, eligible, candidates, entities, peakMb }) => [
    ...[name, seconds.toFixed(2), targetSeconds === null ? '' : `≤ ${targetSeconds}`, judged(seconds, targetSeconds)],
    ...[considered, eligible, candidates, entities, peakMb].map(shown),
    ...[`≤ ${targetMb}`, judged(peakMb, targetMb)],
  ]);
  const head = ['case', 'seconds', 'target', '', 'considered', 'eligible', 'candidates', 'entities', 'peak MB', 'target', ''];
  const widths = head.map((title, index) => Math.max(title.length, ...rows.map((row) => row[index]?.length ?? 0)));
  const line = (cells: string[]) =>
    cells
      .map((cell, index) => (index === 0 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0)))
      .join('  ')
      .trimEnd();
  return [head, ...rows].map(line).join('\n');
}
