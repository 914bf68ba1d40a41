import type { Database } from '@waybill/shared/db';
import { conversionsTopic } from '@waybill/shared/messages';
import type { Publisher } from '@waybill/shared/pubsub';
import { sql } from 'kysely';

interface Unpublished {
  id: string;
  platform: string;
  payload: string;
}

/** The tables that are their own outbox, with their keys. */
const outboxes = [
  { table: 'conversion_candidate', id: 'event_id' },
  { table: 'conversion_correction', id: 'correction_id' },
] as const;

async function relayOutbox(db: Database, publisher: Publisher, limit: number, { table, id }: (typeof outboxes)[number]): Promise<number> {
  return db.transaction().execute(async (tx) => {
    const { rows } = await sql<Unpublished>`
      select ${sql.ref(id)} as id, platform, payload::text as payload from ${sql.table(table)}
      where published_at is null order by decided_at, ${sql.ref(id)} limit ${limit} for update skip locked`.execute(tx);
    for (const [platform, unpublished] of Map.groupBy(rows, (row) => row.platform)) {
      await publisher.publish(
        conversionsTopic(platform),
        unpublished.map(({ payload }) => ({ payload })),
      );
    }
    if (rows.length > 0) {
      await sql`update ${sql.table(table)} set published_at = now() where ${sql.ref(id)} = any(${rows.map((row) => row.id)}::text[])`.execute(
        tx,
      );
    }
    return rows.length;
  });
}

/** Publishes the oldest candidates and corrections that were not yet, and marks them; dying in between publishes them again. Answers how many. */
export async function relayCandidates(db: Database, publisher: Publisher, limit: number): Promise<number> {
  let published = 0;
  for (const outbox of outboxes) published += await relayOutbox(db, publisher, limit, outbox);
  return published;
}
