import { sql } from 'kysely';
import { type Conversion, fingerprint } from '../conversion/index.ts';
import type { Database } from '../db/index.ts';
import type { Claim } from './ledger.ts';

interface ClaimedRow {
  event_id: string;
  attempt: number | null;
  state: string | null;
  same_payload: boolean | null;
}

function toClaim(row: ClaimedRow | undefined): Claim {
  if (row === undefined) return { kind: 'kept' };
  if (row.attempt !== null) return { kind: 'claimed', attempt: row.attempt };
  if (row.same_payload === false) return { kind: 'conflict' };
  return row.state === 'settled' ? { kind: 'settled' } : { kind: 'kept' };
}

/**
 * What the ledger says of conversions that a claim's statement could not see: another worker inserted them while it ran, and has committed.
 * Their content must be compared too, or the second of two contents would be taken for the same again.
 */
async function lookAgain(db: Database, platform: string, conversions: Conversion[]): Promise<ClaimedRow[]> {
  const rows = await db
    .selectFrom('delivery')
    .select(['event_id', 'state', 'payload_hash'])
    .where('platform', '=', platform)
    .where(
      'event_id',
      'in',
      conversions.map(({ eventId }) => eventId),
    )
    .execute();
  const hashes = new Map(conversions.map((conversion) => [conversion.eventId, fingerprint(conversion)]));
  return rows.map(({ event_id, state, payload_hash }) => {
    return { event_id, attempt: null, state, same_payload: payload_hash === hashes.get(event_id) };
  });
}

/** Claims a batch in one statement: inserts what is new, takes over what is due or whose lease has ended, reports the rest. */
export async function claim(db: Database, platform: string, leaseSeconds: number, conversions: Conversion[]): Promise<Claim[]> {
  if (conversions.length === 0) return [];
  const column = <T>(of: (conversion: Conversion) => T): T[] => conversions.map(of);
  const { rows } = await sql<ClaimedRow>`
    with incoming as (
      select * from unnest(
        ${column((c) => c.eventId)}::text[], ${column((c) => c.account)}::text[], ${column((c) => c.conversionType)}::text[],
        ${column((c) => c.company)}::bigint[], ${column((c) => c.contact)}::bigint[], ${column((c) => c.occurredAt)}::timestamptz[],
        ${column(fingerprint)}::text[], ${column((c) => JSON.stringify(c))}::jsonb[], ${column((c) => c.correction?.of ?? null)}::text[],
        ${column((c) => c.correction?.kind ?? null)}::text[], ${column((c) => c.correction?.sequence ?? null)}::int[]
      ) as t (event_id, account, conversion_type, company, contact, occurred_at, payload_hash, payload, corrects, correction_kind, correction_sequence)
    ), claimed as (
      insert into delivery as d (platform, event_id, account, conversion_type, company, contact, occurred_at, payload_hash, payload, corrects,
                                 correction_kind, correction_sequence, state, attempt, lease_until, first_claimed_at, updated_at)
      select ${platform}, event_id, account, conversion_type, company, contact, occurred_at, payload_hash, payload, corrects, correction_kind,
             correction_sequence, 'in-flight', 1, now() + make_interval(secs => ${leaseSeconds}), now(), now()
      from incoming order by event_id
      on conflict (platform, event_id) do update
        set state = 'in-flight', attempt = d.attempt + 1, lease_until = excluded.lease_until, retry_at = null, updated_at = now()
        where d.payload_hash = excluded.payload_hash
          and (d.state = 'republished' or (d.state = 'waiting' and d.retry_at <= now()) or (d.state = 'in-flight' and d.lease_until <= now()))
      returning event_id, attempt
    )
    select i.event_id, c.attempt, d.state, d.payload_hash = i.payload_hash as same_payload
    from incoming i
    left join claimed c on c.event_id = i.event_id
    left join delivery d on d.platform = ${platform} and d.event_id = i.event_id`.execute(db);
  const byEventId = new Map(rows.map((row) => [row.event_id, row]));
  const unseen = conversions.filter(({ eventId }) => byEventId.get(eventId)?.attempt === null && byEventId.get(eventId)?.state === null);
  if (unseen.length > 0) for (const row of await lookAgain(db, platform, unseen)) byEventId.set(row.event_id, row);
  return conversions.map(({ eventId }) => toClaim(byEventId.get(eventId)));
}
