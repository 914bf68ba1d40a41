import type { Database } from '@waybill/shared/db';
import { conversionsTopic } from '@waybill/shared/messages';
import type { Publisher } from '@waybill/shared/pubsub';
import { sql } from 'kysely';

export interface ReplayRange {
  platform: string;
  /** Half-open: conversions that occurred at `from` or later and before `to`. */
  from: Date;
  to: Date;
  conversionType: string | null;
}

const pageSize = 1_000;

const inRange = ({ platform, from, to, conversionType }: ReplayRange) => sql`
  platform = ${platform} and occurred_at >= ${from} and occurred_at < ${to}
  and (${conversionType}::text is null or conversion_type = ${conversionType})`;

export async function countCandidates(db: Database, range: ReplayRange): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from conversion_candidate where ${inRange(range)}`.execute(db);
  return rows[0]?.count ?? 0;
}

/** Publishes the frozen candidates of a range again, unchanged, oldest first; without a publisher it only counts. Answers how many. */
export async function replayCandidates(
  db: Database,
  publisher: Publisher | null,
  range: ReplayRange,
  onPage: (done: number) => void,
): Promise<number> {
  if (publisher === null) return countCandidates(db, range);
  let done = 0;
  let after = { occurred_at: range.from, event_id: '' };
  for (;;) {
    const { rows } = await sql<{ event_id: string; occurred_at: Date; payload: string }>`
      select event_id, occurred_at, payload::text as payload from conversion_candidate
      where ${inRange(range)} and (occurred_at, event_id) > (${after.occurred_at}, ${after.event_id})
      order by occurred_at, event_id limit ${pageSize}`.execute(db);
    const last = rows.at(-1);
    if (last === undefined) return done;
    await publisher.publish(
      conversionsTopic(range.platform),
      rows.map(({ payload }) => ({ payload, attributes: { replay: 'true' } })),
    );
    done += rows.length;
    after = last;
    onPage(done);
  }
}
