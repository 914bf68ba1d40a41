import { type Kysely, sql } from 'kysely';

/** Every outcome the senders published, kept once each. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table bi.hub_conversion_outcome (
      outcome_id text primary key,
      platform text not null,
      account text not null,
      event_id text not null,
      conversion_type text not null,
      attempt integer not null,
      kind text not null,
      code text,
      reason text,
      reference text,
      ended_at timestamptz(3) not null,
      received_at timestamptz(3) not null default now()
    )`.execute(db);
  await sql`create index hub_conversion_outcome_by_event on bi.hub_conversion_outcome (event_id)`.execute(db);
  await sql`create index hub_conversion_outcome_by_platform on bi.hub_conversion_outcome (platform, kind, ended_at desc)`.execute(db);
}
