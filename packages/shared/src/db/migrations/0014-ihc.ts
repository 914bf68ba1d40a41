import { type Kysely, sql } from 'kysely';

/** What the IHC pipeline reads, filled by an export: conversions, sessions and their costs; and the credits and the report that attribution writes. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table bi.conversions (
      conv_id text primary key,
      user_id text not null,
      conv_date date not null,
      conv_time time(0) not null,
      revenue numeric not null,
      conv_type_id text not null default 'default'
    )`.execute(db);
  await sql`create index conversions_by_type_and_day on bi.conversions (conv_type_id, conv_date)`.execute(db);
  await sql`
    create table bi.session_sources (
      session_id text primary key,
      user_id text not null,
      event_date date not null,
      event_time time(0) not null,
      channel_name text not null,
      holder_engagement smallint not null,
      closer_engagement smallint not null,
      impression_interaction smallint not null
    )`.execute(db);
  await sql`create index session_sources_by_user on bi.session_sources (user_id)`.execute(db);
  await sql`create index session_sources_by_day on bi.session_sources (event_date)`.execute(db);
  await sql`
    create table bi.session_costs (
      session_id text primary key,
      cost numeric
    )`.execute(db);
  await sql`
    create table bi.attribution_customer_journey (
      conv_id text not null,
      session_id text not null,
      ihc double precision not null,
      primary key (conv_id, session_id)
    )`.execute(db);
  await sql`create index attribution_customer_journey_by_session on bi.attribution_customer_journey (session_id)`.execute(db);
  await sql`
    create table bi.channel_reporting (
      conv_type_id text not null,
      channel_name text not null,
      date date not null,
      cost numeric not null,
      ihc double precision not null,
      ihc_revenue numeric not null,
      primary key (conv_type_id, channel_name, date)
    )`.execute(db);
}
