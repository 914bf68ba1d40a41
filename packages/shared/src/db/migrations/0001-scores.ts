import { type Kysely, sql } from 'kysely';

/** Scores as sync copies them from BigQuery; `scored_at` is the model's own time, `synced_at` the copy's. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table bi.company_conversion_probability (
      company bigint primary key,
      cp1 double precision not null,
      cp1_arpu numeric(14, 4) not null,
      cp3 double precision not null,
      cp3_arpu numeric(14, 4) not null,
      employees_range_min integer,
      employees_range_max integer,
      scored_at timestamptz(3) not null,
      synced_at timestamptz(3) not null
    )`.execute(db);
  await sql`
    create table bi.contact_cp_score (
      contact_id bigint primary key,
      combined1_conversion_probability_predicted double precision not null,
      combined3_conversion_probability_predicted double precision not null,
      cp1_signup_first double precision not null,
      cp3_signup_first double precision not null,
      book_a_demo_1_probability double precision not null,
      book_a_demo_3_probability double precision not null,
      scored_at timestamptz(3) not null,
      synced_at timestamptz(3) not null
    )`.execute(db);
  await sql`
    create table bi.contact_acv_score (
      contact_id bigint primary key,
      acv numeric(14, 4) not null,
      scored_at timestamptz(3) not null,
      synced_at timestamptz(3) not null
    )`.execute(db);
  await sql`
    create table bi.contact_conversion_probability (
      contact_id bigint primary key,
      combined1_conversion_probability_predicted double precision not null,
      combined3_conversion_probability_predicted double precision not null,
      cp1_signup_first_value numeric(14, 4) not null,
      cp3_signup_first_value numeric(14, 4) not null,
      book_a_demo_1_probability_value numeric(14, 4) not null,
      book_a_demo_3_probability_value numeric(14, 4) not null,
      acv numeric(14, 4) not null,
      scored_at timestamptz(3) not null,
      merged_at timestamptz(3) not null
    )`.execute(db);
  await sql`
    create table bi.sync_run (
      run_id text not null,
      source text not null,
      status text not null check (status in ('running', 'succeeded', 'failed', 'held')),
      started_at timestamptz(3) not null,
      finished_at timestamptz(3),
      source_modified_at timestamptz(3),
      rows_in_source bigint,
      rows_read bigint not null default 0,
      rows_changed bigint not null default 0,
      rows_quarantined bigint not null default 0,
      problem text,
      primary key (run_id, source)
    )`.execute(db);
  await sql`create index sync_run_by_source on bi.sync_run (source, started_at desc)`.execute(db);
}
