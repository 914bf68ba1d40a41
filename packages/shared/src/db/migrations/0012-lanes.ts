import { type Kysely, sql } from 'kysely';

/** Which lanes stand still and why, and how many requests were made of those that a platform allows: shared by all instances of a sender. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table bi.sender_lane (
      platform text not null,
      lane text not null,
      kind text not null check (kind in ('throttled', 'config')),
      code text not null,
      reason text not null,
      config_pauses integer not null,
      paused_until timestamptz(3) not null,
      updated_at timestamptz(3) not null default now(),
      primary key (platform, lane)
    )`.execute(db);
  await sql`
    create table bi.sender_budget (
      platform text not null,
      budget text not null,
      slot bigint not null,
      requests integer not null,
      primary key (platform, budget, slot)
    )`.execute(db);
}
