import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';
import { type Sql, unit, type WorldSize } from './invent.ts';

/** Rows of contact_conversion_probability as sync merges them from both scores, in the order of its columns. */
export const mergedScores = (mergedAt: Sql): Sql => sql`
  select contact_id, cp.combined1_conversion_probability_predicted, cp.combined3_conversion_probability_predicted,
    round(cp.cp1_signup_first::numeric * a.acv, 4), round(cp.cp3_signup_first::numeric * a.acv, 4),
    round(cp.book_a_demo_1_probability::numeric * a.acv, 4), round(cp.book_a_demo_3_probability::numeric * a.acv, 4),
    a.acv, least(cp.scored_at, a.scored_at), ${mergedAt}::timestamptz
  from contact_cp_score cp join contact_acv_score a using (contact_id)`;

/** Writes rows over those with their key, as sync does: an insert that updates. */
async function writeOver(db: Database, table: string, key: string, columns: string[], rows: Sql): Promise<void> {
  await sql`
    insert into ${sql.table(table)} (${sql.join([key, ...columns].map((column) => sql.ref(column)))}) ${rows}
    on conflict (${sql.ref(key)}) do update set
    ${sql.join(columns.map((column) => sql`${sql.ref(column)} = ${sql.ref(`excluded.${column}`)}`))}`.execute(db);
}

const probabilities = [
  ...['combined1_conversion_probability_predicted', 'combined3_conversion_probability_predicted', 'cp1_signup_first', 'cp3_signup_first'],
  ...['book_a_demo_1_probability', 'book_a_demo_3_probability'],
];
const mergedColumns = [
  ...['combined1_conversion_probability_predicted', 'combined3_conversion_probability_predicted', 'cp1_signup_first_value'],
  ...['cp3_signup_first_value', 'book_a_demo_1_probability_value', 'book_a_demo_3_probability_value', 'acv', 'scored_at', 'merged_at'],
];

export interface Rescored {
  companies: number;
  contacts: number;
}

/** Gives one company and one contact in `oneIn`, anywhere in the world, new scores a minute before `now`; answers how many. */
export async function changeScores(db: Database, { companies, contacts, seed }: WorldSize, oneIn: number, now: Date): Promise<Rescored> {
  const changed = { companies: Math.round(companies / oneIn), contacts: Math.round(contacts / oneIn) };
  const anyOf = (count: number, outOf: number) => sql`
    select g from generate_series(1, ${sql.lit(outOf)}::bigint) g order by ${unit(seed, sql`g`, `scored ${now.toISOString()}`)}, g limit ${sql.lit(count)}`;
  const scoredAt = sql`${new Date(now.getTime() - 60_000)}::timestamptz`;
  const syncedAt = sql`${now}::timestamptz`;
  const raised = (column: string) => sql`least(1, ${sql.ref(column)} * 1.2 + 0.001)`;
  const companiesChosen = anyOf(changed.companies, companies);
  const contactsChosen = anyOf(changed.contacts, contacts);
  const companyColumns = ['cp1', 'cp1_arpu', 'cp3', 'cp3_arpu', 'scored_at', 'synced_at'];
  const company = sql`
    select company, ${raised('cp1')}, cp1_arpu, ${raised('cp3')}, cp3_arpu, ${scoredAt}, ${syncedAt} from company_conversion_probability
    where company in (${companiesChosen})`;
  const cp = sql`
    select contact_id, ${sql.join(probabilities.map(raised))}, ${scoredAt}, ${syncedAt} from contact_cp_score where contact_id in (${contactsChosen})`;
  const acv = sql`select contact_id, acv + 1, ${scoredAt}, ${syncedAt} from contact_acv_score where contact_id in (${contactsChosen})`;
  const merged = sql`${mergedScores(syncedAt)} where contact_id in (${contactsChosen})`;
  await db.transaction().execute(async (tx) => {
    await writeOver(tx, 'company_conversion_probability', 'company', companyColumns, company);
    await writeOver(tx, 'contact_cp_score', 'contact_id', [...probabilities, 'scored_at', 'synced_at'], cp);
    await writeOver(tx, 'contact_acv_score', 'contact_id', ['acv', 'scored_at', 'synced_at'], acv);
    await writeOver(tx, 'contact_conversion_probability', 'contact_id', mergedColumns, merged);
  });
  return changed;
}
