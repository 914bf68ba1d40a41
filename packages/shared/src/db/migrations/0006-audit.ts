import { type Kysely, sql } from 'kysely';

/** What was sent, one row for each conversion a platform took or refused for good; identifiers of people are hashed. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table bi.google_conversion (
      event_id text primary key,
      clid text,
      clid_type text,
      company bigint not null,
      conversion_type text not null,
      conversion_time timestamptz(3) not null,
      conversion_type_id text not null,
      visit_time timestamptz(3),
      value numeric(20, 6),
      google_ads_account_id text not null,
      error text,
      date_created timestamptz(3) not null
    )`.execute(db);
  await sql`create index google_conversion_by_company on bi.google_conversion (company)`.execute(db);
  await sql`
    create table bi.facebook_conversion_v2 (
      conversion_id text primary key,
      conversion_type text not null,
      company bigint,
      fbclid text,
      conversion_time timestamptz(3) not null,
      visit_time timestamptz(3),
      fbp text,
      external_id text,
      email text,
      phone_number text,
      first_name text,
      last_name text,
      client_id text,
      ip_address text,
      user_agent text,
      error text,
      date_created timestamptz(3) not null
    )`.execute(db);
  await sql`create index facebook_conversion_v2_by_company on bi.facebook_conversion_v2 (company)`.execute(db);
  await sql`
    create table bi.bing_conversion (
      event_id text primary key,
      clid text,
      company bigint not null,
      conversion_type text not null,
      conversion_time timestamptz(3) not null,
      visit_time timestamptz(3),
      error text,
      date_created timestamptz(3) not null
    )`.execute(db);
  await sql`create index bing_conversion_by_company on bi.bing_conversion (company)`.execute(db);
  await sql`
    create table bi.generic_conversions (
      platform text not null,
      event_id text not null,
      clid text,
      clid_type text,
      contact bigint,
      conversion_type text not null,
      conversion_time timestamptz(3) not null,
      visit_time timestamptz(3),
      value numeric(20, 6),
      account text not null,
      error text,
      date_created timestamptz(3) not null,
      primary key (platform, event_id)
    )`.execute(db);
}
