import { type Kysely, sql } from 'kysely';

/** Every conversion type's events, the decision with the values it saw, the scores that first reached a threshold, how far each type is decided, and corrections. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table bi.company_profile_meta_data add column refunded_at timestamptz(3)`.execute(db);
  await sql`alter table bi.contact_profile_metadata add column demo_booked_at timestamptz(3)`.execute(db);
  await sql`drop index bi.company_profile_paid, bi.company_profile_signup, bi.company_profile_mql`.execute(db);
  const events = {
    company_profile_meta_data: [
      ...['mql_at', 'signup_at', 'started_funnel_at', 'added_5_users_at', 'demo_form_filled_at', 'demo_booked_at', 'demo_done_at'],
      'first_paid_at',
    ],
    contact_profile_metadata: ['signup_at', 'lead_at', 'demo_booked_at', 'lead_score_250_at'],
  };
  for (const [table, columns] of Object.entries(events)) {
    for (const column of columns) {
      await sql`create index ${sql.ref(`${table}_${column}`)} on ${sql.table(`bi.${table}`)} (${sql.ref(column)})
        where ${sql.ref(column)} is not null`.execute(db);
    }
  }
  for (const table of ['company_conversion_probability', 'contact_conversion_probability', 'contact_cp_score']) {
    await sql`create index ${sql.ref(`${table}_scored_at`)} on ${sql.table(`bi.${table}`)} (scored_at)`.execute(db);
  }

  await sql`drop table bi.conversion_decision`.execute(db);
  await sql`
    create table bi.conversion_decision (
      grain text not null,
      entity_id bigint not null,
      conversion_type text not null,
      reason text not null,
      occurrence_key text not null,
      occurred_at timestamptz(3) not null,
      value numeric(20, 6),
      currency text,
      visit_id bigint,
      spoken_by bigint,
      employees_range_min integer,
      employees_range_max integer,
      country text,
      ad_user_data text,
      ad_personalization text,
      rule_version integer not null,
      decided_at timestamptz(3) not null,
      primary key (entity_id, conversion_type)
    )`.execute(db);
  await sql`
    create table bi.company_score_peak (
      company bigint not null,
      reached_at timestamptz(3) not null,
      cp1 numeric(20, 6) not null,
      cp3 numeric(20, 6) not null,
      cp1_times_arpu numeric(20, 2) not null,
      cp3_times_arpu numeric(20, 2) not null,
      primary key (company, reached_at)
    )`.execute(db);
  await sql`
    create table bi.eligibility_progress (
      conversion_type text primary key,
      fingerprint text not null,
      evaluated_at timestamptz(3) not null
    )`.execute(db);
  await sql`
    create table bi.decision_count (
      conversion_type text not null,
      reason text not null,
      count bigint not null,
      primary key (conversion_type, reason)
    )`.execute(db);
  await sql`
    alter table bi.eligibility_run add column entities bigint not null default 0, add column candidates bigint not null default 0,
      add column corrections bigint not null default 0, add column is_full boolean not null default false`.execute(db);
  await sql`
    create table bi.conversion_correction (
      correction_id text primary key,
      event_id text not null references bi.conversion_candidate,
      sequence integer not null,
      platform text not null,
      kind text not null check (kind in ('restatement', 'retraction')),
      reason text not null,
      value numeric(20, 6),
      currency text,
      payload jsonb not null,
      decided_at timestamptz(3) not null,
      published_at timestamptz(3),
      unique (event_id, sequence)
    )`.execute(db);
  await sql`create index conversion_correction_unpublished on bi.conversion_correction (decided_at, correction_id) where published_at is null`.execute(
    db,
  );
}
