import type { Database } from '@waybill/shared/db';
import { conversionsTopic } from '@waybill/shared/messages';
import type { Publisher } from '@waybill/shared/pubsub';
import { sql } from 'kysely';

interface Unpublished {
  event_id: string;
  platform: string;
  payload: string;
}

/** Publishes the oldest candidates that were not yet, and marks them; dying in between publishes them again. Answers how many. */
export function relayCandidates(db: Database, publisher: Publisher, limit: number): Promise<number> {
  return db.transaction().execute(async (tx) => {
    const { rows } = await sql<Unpublished>`
      select event_id, platform, payload::text as payload from conversion_candidate
      where published_at is null order by decided_at, event_id limit ${limit} for update skip locked`.execute(tx);
    for (const [platform, candidates] of Map.groupBy(rows, (row) => row.platform)) {
      await publisher.publish(
        conversionsTopic(platform),
        candidates.map(({ payload }) => ({ payload })),
      );
    }
    if (rows.length > 0) {
      await sql`
        update conversion_candidate set published_at = now() where event_id = any(${rows.map(({ event_id }) => event_id)}::text[])`.execute(
        tx,
      );
    }
    return rows.length;
  });
}
