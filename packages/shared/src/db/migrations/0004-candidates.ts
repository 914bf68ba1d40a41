import { type Kysely, sql } from 'kysely';

/** The candidate is frozen when written and is its own outbox; the decision is the latest reason for each entity and type considered. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table bi.conversion_candidate (
      event_id text primary key,
      platform text not null,
      conversion_type text not null,
      account text not null,
      action text not null,
      company bigint,
      contact bigint,
      click_kind text,
      click_id text,
      occurred_at timestamptz(3) not null,
      value numeric(20, 6),
      currency text,
      occurrence_key text not null,
      payload jsonb not null,
      rule_version integer not null,
      decided_at timestamptz(3) not null,
      published_at timestamptz(3),
      unique (platform, conversion_type, occurrence_key)
    )`.execute(db);
  await sql`create index conversion_candidate_unpublished on bi.conversion_candidate (decided_at, event_id) where published_at is null`.execute(
    db,
  );
  await sql`create index conversion_candidate_by_time on bi.conversion_candidate (platform, occurred_at)`.execute(db);
  await sql`create index conversion_candidate_by_company on bi.conversion_candidate (company)`.execute(db);
  await sql`create index conversion_candidate_by_contact on bi.conversion_candidate (contact)`.execute(db);
  await sql`
    create table bi.conversion_decision (
      entity_kind text not null check (entity_kind in ('company', 'contact')),
      entity_id bigint not null,
      platform text not null,
      conversion_type text not null,
      reason text not null,
      event_id text,
      rule_version integer not null,
      run_id text not null,
      decided_at timestamptz(3) not null,
      primary key (entity_kind, entity_id, conversion_type)
    )`.execute(db);
  await sql`create index conversion_decision_by_type on bi.conversion_decision (conversion_type, reason)`.execute(db);
  await sql`
    create table bi.eligibility_run (
      run_id text primary key,
      started_at timestamptz(3) not null,
      finished_at timestamptz(3),
      evaluated_at timestamptz(3) not null,
      considered bigint not null default 0,
      eligible bigint not null default 0,
      problem text
    )`.execute(db);
}
