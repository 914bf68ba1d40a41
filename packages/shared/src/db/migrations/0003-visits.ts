import { type Kysely, sql } from 'kysely';

/** Visits with their channel and click ids, and to whom they belong; attribution writes them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table bi.visits (
      visit_id bigint generated always as identity primary key,
      session_id uuid not null unique,
      client_id uuid not null,
      visited_at timestamptz(3) not null,
      channel text not null,
      campaign text,
      gclid text,
      wbraid text,
      gbraid text,
      fbclid text,
      fbp text,
      fbc text,
      msclkid text,
      ip_address text,
      user_agent text,
      source_url text
    )`.execute(db);
  await sql`create index visits_paid on bi.visits (visited_at, channel) where channel like 'cpc-%'`.execute(db);
  await sql`
    create table bi.company_interactions (
      company bigint not null,
      visit_id bigint not null references bi.visits,
      interacted_at timestamptz(3) not null,
      channel text not null,
      primary key (company, visit_id)
    )`.execute(db);
  await sql`create index company_interactions_by_visit on bi.company_interactions (visit_id)`.execute(db);
  await sql`
    create table bi.contact_interactions (
      contact_id bigint not null,
      visit_id bigint not null references bi.visits,
      interacted_at timestamptz(3) not null,
      channel text not null,
      primary key (contact_id, visit_id)
    )`.execute(db);
  await sql`create index contact_interactions_by_visit on bi.contact_interactions (visit_id)`.execute(db);
}
