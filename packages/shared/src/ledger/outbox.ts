import { sql } from 'kysely';
import type { Database } from '../db/index.ts';
import type { Publisher } from '../pubsub/index.ts';
import type { OutboxMessage } from './ledger.ts';

/** Writes messages that are published once the surrounding transaction has committed. */
export async function insertOutbox(db: Database, platform: string, messages: OutboxMessage[]): Promise<void> {
  if (messages.length === 0) return;
  await sql`
    insert into sender_outbox (platform, topic, payload, attributes)
    select ${platform}, t.* from unnest(
      ${messages.map(({ topic }) => topic)}::text[], ${messages.map(({ payload }) => payload)}::text[],
      ${messages.map(({ attributes }) => JSON.stringify(attributes))}::jsonb[]
    ) as t`.execute(db);
}

interface OutboxRow {
  id: number;
  topic: string;
  payload: string;
  attributes: Record<string, string>;
}

/** Publishes the oldest messages of a platform's outbox and removes them; dying in between publishes them again. Answers how many. */
export function relayOutbox(db: Database, publisher: Publisher, platform: string, limit: number): Promise<number> {
  return db.transaction().execute(async (tx) => {
    const { rows } = await sql<OutboxRow>`
      select id, topic, payload, attributes from sender_outbox
      where platform = ${platform} order by id limit ${limit} for update skip locked`.execute(tx);
    for (const [topic, messages] of Map.groupBy(rows, (row) => row.topic)) await publisher.publish(topic, messages);
    await sql`delete from sender_outbox where id = any(${rows.map(({ id }) => id)}::bigint[])`.execute(tx);
    return rows.length;
  });
}
