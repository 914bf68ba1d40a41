import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '@waybill/shared/db';
import type { TrackingEvent } from '@waybill/shared/messages';
import { sql } from 'kysely';
import type { Input } from './input/input.ts';

const pollMs = 200;
const stallMs = 120_000;

/** Waits until `left` answers 0, saying how many are left whenever that changes; throws when nothing has changed for two minutes. */
async function untilNone(what: string, left: () => Promise<number>, say: (line: string) => void): Promise<void> {
  let known = Number.POSITIVE_INFINITY;
  let changedAt = Date.now();
  let saidAt = Date.now();
  for (;;) {
    const now = await left();
    if (now === 0) return;
    if (now !== known) changedAt = Date.now();
    known = now;
    if (Date.now() - saidAt > 5_000) {
      say(`  ${now} ${what} are left`);
      saidAt = Date.now();
    }
    if (Date.now() - changedAt > stallMs)
      throw new Error(`${now} ${what} are left and nothing has moved for two minutes; the logs tell why`);
    await delay(pollMs);
  }
}

async function count(db: Database, query: ReturnType<typeof sql<{ count: number }>>): Promise<number> {
  const { rows } = await query.execute(db);
  return rows[0]?.count ?? 0;
}

/** What attribution keeps of an input's events: a touchpoint for each visit, lead and signup, and each link that was made or taken back. */
function countKept(events: TrackingEvent[]): number {
  const kept = events.map((event) => {
    if (event.kind === 'session-started') return event.sessionId;
    if (event.kind === 'lead-captured') return event.leadId;
    if (event.kind === 'signup-completed') return event.signupId;
    return [event.kind, event.source, event.from.value, event.to.type, event.to.value].join(' ');
  });
  return new Set(kept).size;
}

/** Waits until attribution has saved the input's events and found whose they are, as far as it is known by now. */
export async function untilAttributed(db: Database, { events }: Input, say: (line: string) => void): Promise<void> {
  const links = new Set(events.flatMap((event) => ('from' in event && 'to' in event ? [event.source] : [])));
  const wanted = countKept(events);
  const saved = sql<{ count: number }>`
    select (select count(*) from interaction_touchpoints)
      + (select count(event_id) + count(unlink_event_id) from identity_edge where source = any(${[...links]}::text[])) as count`;
  await untilNone('tracking events', async () => Math.max(0, wanted - (await count(db, saved))), say);
  const due = sql<{ count: number }>`select count(*) from attribution_recalculation where step = 0 or due_at <= now()`;
  await untilNone('clients, companies and contacts that are to be computed', () => count(db, due), say);
}

/** Waits until every candidate has reached its platform's last word, or waits in the ledger for longer than half a minute, and the hub knows. */
export const untilDelivered = (db: Database, say: (line: string) => void): Promise<void> =>
  untilNone(
    'conversions on their way',
    () =>
      count(
        db,
        sql`select (
          select count(*) from conversion_candidate c left join delivery d on d.platform = c.platform and d.event_id = c.event_id
          where d.event_id is null or d.state in ('in-flight', 'republished') or (d.state = 'waiting' and d.retry_at < now() + interval '30 seconds')
        ) + (select count(*) from sender_outbox) + (
          select count(*) from delivery_attempt a
          where not exists (select from hub_conversion_outcome h where h.outcome_id = a.platform || ':' || a.event_id || ':' || a.attempt)
        ) as count`,
      ),
    say,
  );

const answersWithinMs = 60_000;

/**
 * Starts a service's run and waits for its answer. A run already under way is waited for and followed by one of ours; a service that is
 * just being started again is asked until it answers, for a minute.
 */
export async function requestRun(service: string, url: string): Promise<Record<string, unknown>> {
  const deadline = Date.now() + answersWithinMs;
  for (;;) {
    const response = await fetch(`${url}/run`, { method: 'POST' }).catch(() => null);
    if (response === null) {
      if (Date.now() > deadline) throw new Error(`${service} does not answer at ${url}; its log tells why`);
    } else {
      const answer = (await response.json()) as Record<string, unknown>;
      if (response.ok) return answer;
      if (response.status !== 409) throw new Error(`${service} answered its run with ${response.status}: ${JSON.stringify(answer)}`);
    }
    await delay(pollMs);
  }
}
