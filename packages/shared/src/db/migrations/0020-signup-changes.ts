import { type Kysely, sql } from 'kysely';

/** The window of a company's limited first touch ends with its signup: where the CRM tells another one, its attribution is computed again. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const [event, referencing, changed] of [
    ['update', 'old table as was new table as changed', 'select company, signup_at from changed except select company, signup_at from was'],
    // A profile that comes after the visits.
    ['insert', 'new table as changed', 'select company, signup_at from changed where signup_at is not null'],
  ] as const) {
    const name = sql.ref(`note_signup_${event}`);
    await sql`
      create function bi.${name}() returns trigger language plpgsql set search_path = bi as $$
      begin
        insert into attribution_recalculation as r (kind, entity, step, triggered_at, triggers, due_at, attempts, causes)
        select 'company', c.company::text, 0, now(), 1, now(), 0,
               '[{"added": [], "removed": [], "events": [], "via": "the CRM tells another signup"}]'
        from (${sql.raw(changed)}) c
        where exists (select from company_profile_attribution a where a.company = c.company)
        order by c.company::text collate "C"
        on conflict (kind, entity) do update
          set step = 0, triggered_at = now(), triggers = r.triggers + 1, due_at = case when r.attempts > 0 then r.due_at else now() end,
              causes = r.causes || excluded.causes;
        return null;
      end $$`.execute(db);
    await sql`
      create trigger ${name} after ${sql.raw(event)} on bi.company_profile_meta_data
      referencing ${sql.raw(referencing)} for each statement execute function bi.${name}()`.execute(db);
  }
}
