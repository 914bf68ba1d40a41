import { sql } from 'kysely';
import type { Database } from '../db/index.ts';

/** After this long a republished message that nobody claimed is taken for lost and published again. */
const lostAfterMinutes = 10;

/** Puts conversions whose wait or lease has ended into the outbox, the oldest first, because a platform stops taking those first; answers how many. */
export async function republishDue(db: Database, platform: string, topic: string, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    with due as (
      select event_id from delivery
      where platform = ${platform} and state <> 'settled' and coalesce(retry_at, lease_until) <= now()
      order by occurred_at limit ${limit} for update skip locked
    ), queued as (
      update delivery d
      set state = 'republished', lease_until = null, retry_at = now() + make_interval(mins => ${lostAfterMinutes}), updated_at = now()
      from due where d.platform = ${platform} and d.event_id = due.event_id
      returning d.payload
    )
    insert into sender_outbox (platform, topic, payload, attributes)
    select ${platform}, ${topic}, payload::text, '{}'::jsonb from queued`.execute(db);
  return Number(numAffectedRows ?? 0);
}
