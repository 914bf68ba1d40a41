import { type Kysely, sql } from 'kysely';

/** Table -> the grain and the column of the entity that a change of a row is a change of. */
const watched: [table: string, grain: 'company' | 'contact', column: string][] = [
  ['company_profile_meta_data', 'company', 'company'],
  ['contact_profile_metadata', 'contact', 'contact_id'],
  ['contact_profile_metadata', 'company', 'company'],
  ['company_interactions', 'company', 'company'],
  ['contact_interactions', 'contact', 'contact_id'],
  ['company_conversion_probability', 'company', 'company'],
  ['contact_conversion_probability', 'contact', 'contact_id'],
  ['contact_cp_score', 'contact', 'contact_id'],
];

/**
 * What eligibility works through: each write to a table that it reads leaves the entity in `entity_change`, whoever wrote it. `changed_in`
 * is the writing transaction, so that a run can tell which changes its snapshot has seen.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table bi.entity_change (
      grain text not null check (grain in ('company', 'contact')),
      entity_id bigint not null,
      changed_in xid8 not null default pg_current_xact_id()
    )`.execute(db);
  await sql`create index entity_change_by_transaction on bi.entity_change (changed_in)`.execute(db);
  await sql`
    create function bi.note_entity_change() returns trigger language plpgsql set search_path = bi as $$
    begin
      execute format(
        'insert into entity_change (grain, entity_id) select distinct %L, %I from changed where %I is not null', tg_argv[0], tg_argv[1], tg_argv[1]);
      return null;
    end $$`.execute(db);
  const events = { insert: 'new', update: 'new', delete: 'old' };
  for (const [table, grain, column] of watched) {
    for (const [event, image] of Object.entries(events)) {
      await sql`
        create trigger ${sql.ref(`note_${grain}_${event}`)} after ${sql.raw(event)} on ${sql.table(`bi.${table}`)}
        referencing ${sql.raw(image)} table as changed for each statement
        execute function bi.note_entity_change(${sql.lit(grain)}, ${sql.lit(column)})`.execute(db);
    }
  }
  // A contact that moves to another company changes the one that it leaves, too.
  await sql`
    create trigger note_company_left after update on bi.contact_profile_metadata
    referencing old table as changed for each statement execute function bi.note_entity_change('company', 'company')`.execute(db);

  // Who clicked in a window, and the clicks of one entity.
  for (const [table, owner] of [
    ['company_interactions', 'company'],
    ['contact_interactions', 'contact_id'],
  ]) {
    const paid = sql`${sql.table(`bi.${table}`)}`;
    await sql`create index ${sql.ref(`${table}_paid_by_time`)} on ${paid} (interacted_at, ${sql.ref(owner as string)}) where channel like 'cpc-%'`.execute(
      db,
    );
    await sql`create index ${sql.ref(`${table}_paid`)} on ${paid} (${sql.ref(owner as string)}) where channel like 'cpc-%'`.execute(db);
  }
}
