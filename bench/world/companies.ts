import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';
import { choose, companyOf, daysAgo, probability, scoredAt, syncedAt, unit, visitorOf, type WorldSize } from './invent.ts';
import { placeOf } from './places.ts';
import { eventOnWay, waysOf } from './ways.ts';

const sizes: [bound: number, least: number, most: number][] = [
  [0.6, 1, 10],
  [0.85, 11, 50],
  [0.93, 51, 100],
  [0.98, 101, 500],
  [1, 501, 5_000],
];
/** With these, about one company in fifty has an event of the last eight days. */
const recent = { ofClicked: 0.1, ofOthers: 0.018 };

export async function makeCompanies(db: Database, world: WorldSize): Promise<void> {
  const u = (use: string) => unit(world.seed, sql`g`, use);
  const event = (use: string, share: number, from: number, to: number) => eventOnWay(world, use, share, from, to);
  const clicked = sql`
    select distinct ${companyOf(world, visitorOf(world, sql`v`))} as entity from generate_series(1, ${sql.lit(world.paidClicks)}::bigint) v`;
  const place = placeOf(world.seed, sql`g`);
  const least = sizes.map(([bound, min]): [number, number] => [bound, min]);
  const most = sizes.map(([bound, , max]): [number, number] => [bound, max]);
  await sql`
    insert into company_profile_meta_data (company, employees_range_min, employees_range_max, is_spam, is_legitimate, country, state,
      started_funnel_at, signup_at, added_5_users_at, mql_at, lead_at, demo_form_filled_at, demo_booked_at, demo_done_at, first_paid_at,
      first_payment_value, first_payment_currency, updated_at)
    select g, ${choose(u('size'), least)}, ${choose(u('size'), most)}, ${u('spam')} < 0.03, ${u('legitimate')} >= 0.02, ${place.country}, ${place.state},
      ${event('funnel', 0.6, 0, 0.05)}, ${event('signup', 0.5, 0.05, 0.2)}, ${event('users', 0.2, 0.2, 0.5)}, ${event('mql', 0.3, 0.2, 0.4)},
      ${event('lead', 0.25, 0.3, 0.5)}, ${event('form', 0.12, 0.5, 0.6)}, ${event('booked', 0.08, 0.6, 0.7)}, ${event('done', 0.06, 0.7, 0.8)},
      ${event('paid', 0.1, 0.8, 0.99)}, case when far < 0.1 then 10 + round((${u('payment')} * 900)::numeric, 2) end,
      case when far < 0.1 then 'USD' end, ${daysAgo(sql`1`)}
    from (${waysOf(world.seed, world.companies, clicked, recent)}) as way`.execute(db);
  const dollars = (use: string) => sql`100 + round((${u(use)} * 2900)::numeric, 2)`;
  await sql`
    insert into company_conversion_probability (company, cp1, cp1_arpu, cp3, cp3_arpu, scored_at, synced_at)
    select g, ${probability(u('cp1'))}, ${dollars('cp1 arpu')}, ${probability(u('cp3'))}, ${dollars('cp3 arpu')}, ${scoredAt}, ${syncedAt}
    from generate_series(1, ${sql.lit(world.companies)}::bigint) g`.execute(db);
}
