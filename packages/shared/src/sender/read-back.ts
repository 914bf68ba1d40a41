import { sql } from 'kysely';
import type { Database } from '../db/index.ts';
import type { DayCount, ReadBack, Told } from './platform.ts';

type ByRequest = Extract<ReadBack, { kind: 'by-request' }>;
type ByDay = Extract<ReadBack, { kind: 'by-day' }>;

/** Requests asked about in one round. */
const requestsOfRound = 20;
const firstAgainMs = 30 * 60_000;
const longestAgainMs = 24 * 60 * 60_000;
/** After so many questions, some days later, a request that was never told of is a person's to look at. */
const mostChecks = 12;
/** The source of counts that come from a report. */
const report = 'report';

interface Due {
  account: string;
  source: string;
  checks: number;
}

/** A problem that stays; null where the platform may still tell. */
export interface ReadBackProblem {
  account: string;
  source: string;
  problem: string;
}

async function findDue(db: Database, platform: string): Promise<Due[]> {
  const { rows } = await sql<Due>`
    select account, source, max(checks) as checks from read_back
    where platform = ${platform} and check_at <= now() group by account, source order by min(check_at), source limit ${requestsOfRound}`.execute(
    db,
  );
  return rows;
}

/** What the platform did not name of a request, it did not count. */
async function saveCounts(db: Database, platform: string, { account, source }: Due, counts: DayCount[]): Promise<void> {
  const column = <T>(of: (count: DayCount) => T): T[] => counts.map(of);
  await sql`
    update read_back r set counted = coalesce(t.counted, 0), reasons = coalesce(t.reasons, '[]'), check_at = null, checked_at = now(),
      checks = r.checks + 1, problem = null
    from read_back k left join unnest(
      ${column((c) => c.action)}::text[], ${column((c) => c.day)}::date[], ${column((c) => c.counted)}::int[],
      ${column((c) => JSON.stringify(c.reasons))}::jsonb[]
    ) as t (action, day, counted, reasons) on t.action = k.action and t.day = k.day
    where k.platform = ${platform} and k.account = ${account} and k.source = ${source}
      and r.platform = k.platform and r.account = k.account and r.source = k.source and r.action = k.action and r.day = k.day`.execute(db);
}

async function askAgain(db: Database, platform: string, { account, source, checks }: Due, problem: string | null): Promise<void> {
  const afterMs = checks + 1 >= mostChecks ? null : Math.min(firstAgainMs * 2 ** checks, longestAgainMs);
  await sql`
    update read_back set checks = checks + 1, checked_at = now(), problem = ${problem},
      check_at = now() + ${afterMs}::bigint * interval '1 millisecond'
    where platform = ${platform} and account = ${account} and source = ${source}`.execute(db);
}

/** Asks about the requests that are due; answers how many there were, and the problems that will not pass by themselves. */
export async function readBackRequests(
  db: Database,
  platform: string,
  readBack: ByRequest,
): Promise<{ asked: number; problems: ReadBackProblem[] }> {
  const due = await findDue(db, platform);
  const problems: ReadBackProblem[] = [];
  for (const request of due) {
    const told: Told = await readBack.fetchStatus(request.account, request.source);
    if (told.kind === 'told') {
      await saveCounts(db, platform, request, told.counts);
      continue;
    }
    const problem = told.kind === 'unknown' ? told.problem : 'the platform has not finished with the request';
    await askAgain(db, platform, request, problem);
    if (request.checks + 1 >= mostChecks) problems.push({ account: request.account, source: request.source, problem });
  }
  return { asked: due.length, problems };
}

const toDay = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** Reads the report of an account for the days up to `now`, and keeps its counts; answers the problem if it could not be read. */
export async function readBackReport(
  db: Database,
  platform: string,
  readBack: ByDay,
  account: string,
  now: Date,
): Promise<ReadBackProblem | null> {
  const told = await readBack.fetchReport(account, toDay(now.getTime() - (readBack.days - 1) * 86_400_000), toDay(now.getTime()));
  if (told.kind !== 'told') return { account, source: report, problem: told.kind === 'unknown' ? told.problem : 'the report is not ready' };
  const column = <T>(of: (count: DayCount) => T): T[] => told.counts.map(of);
  await sql`
    insert into read_back (platform, account, action, day, source, counted, reasons, checks, checked_at)
    select ${platform}, ${account}, t.action, t.day, ${report}, t.counted, t.reasons, 1, now() from unnest(
      ${column((c) => c.action)}::text[], ${column((c) => c.day)}::date[], ${column((c) => c.counted)}::int[],
      ${column((c) => JSON.stringify(c.reasons))}::jsonb[]
    ) as t (action, day, counted, reasons) order by t.action, t.day
    on conflict (platform, account, action, day, source) do update
      set counted = excluded.counted, reasons = excluded.reasons, checks = read_back.checks + 1, checked_at = now()`.execute(db);
  return null;
}
