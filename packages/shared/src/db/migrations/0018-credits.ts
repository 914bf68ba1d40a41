import { type Kysely, sql } from 'kysely';

/** What each touch of a conversion was credited with, by every model side by side, and what the models were. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table bi.attribution_model (
      name text not null,
      version text not null,
      definition text not null,
      first_saved_at timestamptz(3) not null default now(),
      primary key (name, version)
    )`.execute(db);
  await sql`
    create table bi.attribution_credit (
      conversion_id text not null,
      model text not null,
      session_id uuid not null,
      model_version text not null,
      credit double precision not null,
      value numeric not null,
      currency text not null,
      saved_at timestamptz(3) not null,
      primary key (conversion_id, model, session_id),
      foreign key (model, model_version) references bi.attribution_model
    )`.execute(db);
  await sql`create index attribution_credit_by_session on bi.attribution_credit (session_id)`.execute(db);
}
