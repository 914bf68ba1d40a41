import type { Database } from '@waybill/shared/db';
import { sumDecimals } from '@waybill/shared/stand-in';
import { sql } from 'kysely';
import type { StandInUrls } from './stack.ts';

export interface PlatformResult {
  platform: string;
  candidates: number;
  /** Settled as delivered or as a duplicate that the platform already had. */
  delivered: number;
  rejected: number;
  waiting: number;
  /** Exact sum of the values of what was delivered; predicted values have up to six places. */
  value: string;
  accepted: number;
  acceptedValue: string;
  /** Conversions that reached the platform more than once. */
  seenTwice: number;
}

interface AcceptedAnswer {
  accepted: number;
  duplicates: number;
  byAction: { value: string }[];
}

const toCents = (decimal: string): string => Number(decimal).toFixed(2);
const cents = (decimal: string): number => Math.round(Number(decimal) * 100);

/** Holds, for each platform, what the ledger says against what the platform itself counted. */
export async function readResult(db: Database, standIns: StandInUrls): Promise<PlatformResult[]> {
  const { rows } = await sql<Omit<PlatformResult, 'accepted' | 'acceptedValue' | 'seenTwice'>>`
    select c.platform, count(*) as candidates,
           count(*) filter (where d.state = 'settled' and d.outcome in ('delivered', 'duplicate')) as delivered,
           count(*) filter (where d.state = 'settled' and d.outcome = 'rejected') as rejected,
           count(*) filter (where d.state is distinct from 'settled') as waiting,
           coalesce(sum(c.value) filter (where d.outcome in ('delivered', 'duplicate')), 0)::text as value
    from conversion_candidate c left join delivery d on d.platform = c.platform and d.event_id = c.event_id
    group by c.platform order by c.platform`.execute(db);
  return Promise.all(
    rows.map(async (row) => {
      const answer = await fetch(`${standIns[row.platform]}/accepted`);
      const { accepted, duplicates, byAction } = (await answer.json()) as AcceptedAnswer;
      const acceptedValue = sumDecimals(byAction.map(({ value }) => value));
      return { ...row, value: sumDecimals([row.value]), accepted, acceptedValue, seenTwice: duplicates };
    }),
  );
}

/** Sentences that say where the platform's own count is not what the ledger or the input says; none when all agree. */
export function findDisagreements(
  results: PlatformResult[],
  expected: Record<string, { accepted: number; cents: number }> | null,
): string[] {
  const against = results.flatMap((result) => {
    if (result.accepted === result.delivered && result.acceptedValue === result.value) return [];
    return [
      `${result.platform}: the ledger says ${result.delivered} (${result.value}), the platform counted ${result.accepted} (${result.acceptedValue})`,
    ];
  });
  const wrong = Object.entries(expected ?? {}).flatMap(([platform, want]) => {
    const got = results.find((result) => result.platform === platform);
    if ((got?.accepted ?? 0) === want.accepted && cents(got?.acceptedValue ?? '0') === want.cents) return [];
    return [
      `${platform}: the input holds ${want.accepted} (${(want.cents / 100).toFixed(2)}), the platform counted ${got?.accepted ?? 0} (${got?.acceptedValue ?? '0.00'})`,
    ];
  });
  const waiting = results.flatMap(({ platform, waiting: left, candidates }) =>
    left === 0 ? [] : [`${platform}: ${left} of ${candidates} conversions still wait; the console's last reasons say for what`],
  );
  return [...against, ...waiting, ...wrong];
}

/** The result as a table of plain text. */
export function formatResult(results: PlatformResult[], label: string): string {
  const header = ['platform', 'candidates', 'delivered', 'rejected', 'waiting', 'value', 'accepted there', 'value there', 'seen twice'];
  const rows = results.map((r) =>
    [r.platform, r.candidates, r.delivered, r.rejected, r.waiting, toCents(r.value), r.accepted, toCents(r.acceptedValue), r.seenTwice].map(
      String,
    ),
  );
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: string[]): string =>
    cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ');
  return [`Input: ${label}`, '', line(header), ...rows.map(line)].join('\n');
}
