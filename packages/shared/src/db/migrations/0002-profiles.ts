import { type Kysely, sql } from 'kysely';

/** What the CRM knows of companies and contacts. Null in an event's column: it has not happened. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table bi.company_profile_meta_data (
      company bigint primary key,
      employees_range_min integer,
      employees_range_max integer,
      is_spam boolean not null default false,
      is_legitimate boolean not null default true,
      country text,
      state text,
      mql_at timestamptz(3),
      signup_at timestamptz(3),
      started_funnel_at timestamptz(3),
      added_5_users_at timestamptz(3),
      lead_at timestamptz(3),
      demo_form_filled_at timestamptz(3),
      demo_booked_at timestamptz(3),
      demo_done_at timestamptz(3),
      first_paid_at timestamptz(3),
      first_payment_value numeric(14, 4),
      first_payment_currency text,
      updated_at timestamptz(3) not null default now()
    )`.execute(db);
  await sql`create index company_profile_paid on bi.company_profile_meta_data (first_paid_at) where first_paid_at is not null`.execute(db);
  await sql`create index company_profile_signup on bi.company_profile_meta_data (signup_at) where signup_at is not null`.execute(db);
  await sql`create index company_profile_mql on bi.company_profile_meta_data (mql_at) where mql_at is not null`.execute(db);
  await sql`
    create table bi.contact_profile_metadata (
      contact_id bigint primary key,
      company bigint,
      is_spam boolean not null default false,
      email text,
      phone_number text,
      phone_is_corrupted boolean not null default false,
      first_name text,
      last_name text,
      city text,
      state text,
      zip text,
      country text,
      external_id text,
      consent_ad_user_data text not null default 'unknown' check (consent_ad_user_data in ('granted', 'denied', 'unknown')),
      consent_ad_personalization text not null default 'unknown' check (consent_ad_personalization in ('granted', 'denied', 'unknown')),
      signup_at timestamptz(3),
      lead_at timestamptz(3),
      lead_index numeric(14, 4),
      lead_score integer,
      lead_score_250_at timestamptz(3),
      updated_at timestamptz(3) not null default now()
    )`.execute(db);
  await sql`create index contact_profile_by_company on bi.contact_profile_metadata (company)`.execute(db);
}
