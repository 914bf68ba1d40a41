import { type Kysely, sql } from 'kysely';

/** What the hub found wrong when it looked at everything, from when it began until it was over. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table bi.hub_alert (
      id bigint generated always as identity primary key,
      name text not null,
      subject text not null,
      detail text not null,
      began_at timestamptz(3) not null default now(),
      seen_at timestamptz(3) not null default now(),
      resolved_at timestamptz(3)
    )`.execute(db);
  await sql`create unique index hub_alert_open on bi.hub_alert (name, subject) where resolved_at is null`.execute(db);
  await sql`create index hub_alert_by_time on bi.hub_alert (began_at desc)`.execute(db);
}
