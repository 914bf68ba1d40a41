import { type Kysely, sql } from 'kysely';

/**
 * The idempotency ledger: one row for each conversion a platform was or will be asked to take, owned by that platform's sender.
 * From the claim on the row owns the conversion: it keeps the payload until the conversion is settled.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table bi.delivery (
      platform text not null,
      event_id text not null,
      account text not null,
      conversion_type text not null,
      company bigint,
      contact bigint,
      occurred_at timestamptz(3) not null,
      state text not null check (state in ('in-flight', 'waiting', 'republished', 'settled')),
      attempt integer not null,
      lease_until timestamptz(3),
      retry_at timestamptz(3),
      payload_hash text not null,
      payload jsonb,
      outcome text,
      code text,
      reason text,
      reference text,
      first_claimed_at timestamptz(3) not null,
      updated_at timestamptz(3) not null,
      primary key (platform, event_id)
    ) with (fillfactor = 80)`.execute(db);
  await sql`create index delivery_due on bi.delivery (platform, coalesce(retry_at, lease_until)) where state <> 'settled'`.execute(db);
  await sql`create index delivery_by_company on bi.delivery (company)`.execute(db);
  await sql`create index delivery_by_contact on bi.delivery (contact)`.execute(db);
  await sql`
    create table bi.delivery_attempt (
      platform text not null,
      event_id text not null,
      attempt integer not null,
      outcome text not null,
      code text,
      reason text,
      reference text,
      ended_at timestamptz(3) not null,
      primary key (platform, event_id, attempt)
    )`.execute(db);
  await sql`
    create table bi.sender_outbox (
      id bigint generated always as identity primary key,
      platform text not null,
      topic text not null,
      payload text not null,
      attributes jsonb not null,
      created_at timestamptz(3) not null default now()
    )`.execute(db);
  await sql`create index sender_outbox_by_platform on bi.sender_outbox (platform, id)`.execute(db);
}
