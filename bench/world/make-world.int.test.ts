import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect, type Database } from '@waybill/shared/db';
import { sql } from 'kysely';
import { createTestDatabase } from '../../infra/local/test-database.ts';
import { clickRuleOf } from '../../services/eligibility/src/catalogue/index.ts';
import { worldAt } from './invent.ts';
import { makeWorld } from './make-world.ts';
import { changeScores } from './scores.ts';

const world = { companies: 1_000, contacts: 3_000, visits: 5_000, paidClicks: 200, seed: 7 };
const tables = [
  ...['company_profile_meta_data', 'contact_profile_metadata', 'visits', 'company_interactions', 'contact_interactions'],
  ...['company_conversion_probability', 'contact_cp_score', 'contact_acv_score', 'contact_conversion_probability', 'sync_run'],
];
const cleanUps: (() => Promise<unknown>)[] = [];

async function openWorld(seed: number): Promise<Database> {
  const { url, drop } = await createTestDatabase();
  const db = connect(url, 4);
  cleanUps.push(async () => {
    await db.destroy();
    await drop();
  });
  await makeWorld(db, { ...world, seed }, () => undefined);
  return db;
}

async function select<Row>(db: Database, query: ReturnType<typeof sql>): Promise<Row> {
  return (await query.execute(db)).rows[0] as Row;
}

/** Table -> its number of rows and a digest of all of them. */
async function digest(db: Database): Promise<Record<string, { rows: number; md5: string }>> {
  const of = async (table: string) =>
    select<{ rows: number; md5: string }>(
      db,
      sql`select count(*) as rows, md5(string_agg(t::text, '|' order by t::text)) as md5 from ${sql.table(table)} t`,
    );
  return Object.fromEntries(await Promise.all(tables.map(async (table) => [table, await of(table)] as const)));
}

describe('a world for the bench', () => {
  let db: Database;
  beforeAll(async () => {
    db = await openWorld(world.seed);
  });
  afterAll(async () => {
    for (const cleanUp of cleanUps) await cleanUp();
  });

  it('has as many rows as were asked for', async () => {
    const found = Object.fromEntries(Object.entries(await digest(db)).map(([table, { rows }]) => [table, rows]));
    expect(found).toMatchObject({
      ...{ company_profile_meta_data: 1_000, company_conversion_probability: 1_000, visits: 5_000, sync_run: 4 },
      ...{ contact_profile_metadata: 3_000, contact_cp_score: 3_000, contact_acv_score: 3_000, contact_conversion_probability: 3_000 },
    });
    expect(found.company_interactions).toBeGreaterThan(4_250);
    expect(found.company_interactions).toBeLessThan(4_750);
    expect(found.contact_interactions).toBeGreaterThan(1_800);
    expect(found.contact_interactions).toBeLessThan(2_200);
  });

  it('has exactly the paid clicks inside the last eight days, each of a company, a few malformed', async () => {
    const rules = ['google', 'facebook', 'bing'].map(clickRuleOf).map(({ channelPrefix, kinds, wellFormed }) => {
      const id = sql.ref(`v.${channelPrefix === 'cpc-google' ? 'gclid' : `${kinds[0]}`}`);
      return sql`(v.channel like ${`${channelPrefix}%`} and ${id} ~ ${wellFormed})`;
    });
    const found = await select<{ clicks: number; owned: number; well_formed: number; first_days: number; future: number }>(
      db,
      sql`select count(*) filter (where is_recent) as clicks, count(i.company) filter (where is_recent) as owned,
                 count(*) filter (where ${sql.join(rules, sql` or `)}) * 1.0 / count(*) as well_formed,
                 extract(day from ${worldAt}::timestamptz - (select min(visited_at) from visits)) as first_days,
                 (select count(*) from visits where visited_at > ${worldAt}) as future
          from (select *, visited_at > ${worldAt}::timestamptz - interval '8 days' as is_recent from visits where channel like 'cpc-%') v
          left join company_interactions i using (visit_id)`,
    );
    expect(found).toMatchObject({ clicks: 200, owned: 200, future: 0 });
    expect(Number(found.first_days)).toBe(179);
    expect(Number(found.well_formed)).toBeLessThan(1);
    expect(Number(found.well_formed)).toBeGreaterThan(0.97);
  });

  it('has events in the order of a way, none ahead, the recent ones rather with those who clicked', async () => {
    const found = await select<{ disordered: number; ahead: number; clicked: number; others: number; all: number }>(
      db,
      sql`select count(*) filter (where not (started_funnel_at <= signup_at and signup_at <= mql_at and mql_at <= first_paid_at)) as disordered,
                 count(*) filter (where latest > ${worldAt}) as ahead,
                 avg((is_recent and has_clicked)::int) / avg(has_clicked::int) as clicked,
                 avg((is_recent and not has_clicked)::int) / avg((not has_clicked)::int) as others, avg(is_recent::int) as all
          from (
            select p.*, latest, coalesce(latest > ${worldAt}::timestamptz - interval '8 days', false) as is_recent,
                   exists (select from company_interactions i where i.company = p.company and i.channel <> 'organic'
                           and i.interacted_at > ${worldAt}::timestamptz - interval '8 days') as has_clicked
            from company_profile_meta_data p
            cross join lateral (select greatest(started_funnel_at, signup_at, added_5_users_at, mql_at, lead_at, demo_form_filled_at, demo_booked_at,
                                                demo_done_at, first_paid_at) as latest) l
          ) as company`,
    );
    expect(found).toMatchObject({ disordered: 0, ahead: 0 });
    expect(Number(found.clicked)).toBeGreaterThan(2 * Number(found.others));
    expect(Number(found.all)).toBeGreaterThan(0.01);
    expect(Number(found.all)).toBeLessThan(0.035);
  });

  it('has states in the United States only, and scores of which most are low and a few high', async () => {
    const found = await select<Record<'misplaced' | 'us' | 'low' | 'high', string>>(
      db,
      sql`select count(*) filter (where (country = 'US') <> (state is not null)) as misplaced, avg((country = 'US')::int) as us,
                 avg((s.cp1 < 0.01)::int) as low, avg((s.cp1 > 0.15)::int) as high
          from company_profile_meta_data join company_conversion_probability s using (company)`,
    );
    expect(found.misplaced).toBe(0);
    const shares: [string, number, number][] = [
      [found.us, 0.5, 0.6],
      [found.low, 0.75, 0.88],
      [found.high, 0.02, 0.08],
    ];
    for (const [share, least, most] of shares) {
      expect(Number(share)).toBeGreaterThan(least);
      expect(Number(share)).toBeLessThan(most);
    }
  });

  it('is the same for the same seed, and another for another', async () => {
    const [first, same, other] = [await digest(db), await digest(await openWorld(world.seed)), await digest(await openWorld(8))];
    expect(same).toEqual(first);
    for (const table of tables.filter((name) => !['contact_interactions', 'company_interactions', 'sync_run'].includes(name)))
      expect([table, other[table]?.rows, other[table]?.md5 === first[table]?.md5]).toEqual([table, first[table]?.rows, false]);
  });

  it('leaves no changes noted, and notes those of new scores: exactly one in a hundred', async () => {
    const noted = () =>
      select<{ companies: number; contacts: number }>(
        db,
        sql`select count(distinct entity_id) filter (where grain = 'company') as companies,
                   count(distinct entity_id) filter (where grain = 'contact') as contacts from entity_change`,
      );
    expect(await noted()).toEqual({ companies: 0, contacts: 0 });
    const now = new Date(worldAt.getTime() + 3_600_000);
    expect(await changeScores(db, world, 100, now)).toEqual({ companies: 10, contacts: 30 });
    expect(await noted()).toEqual({ companies: 10, contacts: 30 });
    const rescored = await select(
      db,
      sql`select (select count(*) from company_conversion_probability where synced_at = ${now}) as companies,
                 (select count(*) from contact_cp_score join contact_acv_score a using (contact_id) join contact_conversion_probability m using (contact_id)
                  where m.scored_at > ${worldAt} and m.acv = a.acv) as contacts`,
    );
    expect(rescored).toEqual({ companies: 10, contacts: 30 });
  });
});
