import type { Database } from '@waybill/shared/db';
import { type RawBuilder, sql } from 'kysely';

export interface WorldSize {
  companies: number;
  contacts: number;
  visits: number;
  /** Of the visits, those with a click on an ad inside the last eight days. */
  paidClicks: number;
  seed: number;
}

/** The instant that the world is made for; a fixed one, so that a seed gives the same world on any day. */
export const worldAt = new Date('2026-11-20T12:00:00.000Z');
const at = sql`${sql.lit(worldAt.toISOString())}::timestamptz`;

/** A number in [0, 1), the same for the same id, seed and use. */
const unit = (seed: number, id: RawBuilder<unknown>, use: string): RawBuilder<unknown> =>
  sql`((hashint8extended(${id}, hashtextextended(${sql.lit(use)}, ${sql.lit(seed)}::bigint)) & 9007199254740991) / 9007199254740992.0::float8)`;

const ago = (days: RawBuilder<unknown>): RawBuilder<unknown> => sql`${at} - ${days} * interval '1 day'`;

/** A cut of a share into labelled parts: the first bound above `share` wins. */
const choose = (share: RawBuilder<unknown>, parts: [bound: number, value: unknown][]): RawBuilder<unknown> =>
  sql`case ${sql.join(
    parts.map(([bound, value]) => sql`when ${share} < ${sql.lit(bound)} then ${sql.lit(value)}`),
    sql` `,
  )} end`;

async function makeCompanies(db: Database, { companies, seed }: WorldSize): Promise<void> {
  const u = (use: string) => unit(seed, sql`g`, use);
  const size = (part: number) =>
    choose(u('size'), [
      ...(
        [
          [0.6, [1, 10]],
          [0.85, [11, 50]],
          [0.93, [51, 100]],
          [0.98, [101, 500]],
          [1, [501, 5_000]],
        ] as const
      ).map(([bound, range]) => [bound, range[part]] as [number, unknown]),
    ]);
  // One in fifty has an event of the last eight days; the others had theirs in the year before.
  const event = (use: string, share: number) =>
    sql`case when ${u(`${use} happened`)} < ${sql.lit(share)} then ${ago(
      sql`(case when ${u('is recent')} < 0.02 then ${u(use)} * 8 else 8 + ${u(use)} * 357 end)`,
    )} end`;
  await sql`
    insert into company_profile_meta_data (company, employees_range_min, employees_range_max, is_spam, is_legitimate, country, started_funnel_at,
      signup_at, mql_at, added_5_users_at, demo_form_filled_at, demo_booked_at, demo_done_at, first_paid_at, first_payment_value, first_payment_currency)
    select g, ${size(0)}, ${size(1)}, ${u('spam')} < 0.03, ${u('legitimate')} >= 0.02,
      ${choose(u('country'), [
        [0.55, 'US'],
        [0.63, 'DE'],
        [0.7, 'FR'],
        [0.8, 'GB'],
        [0.9, 'IN'],
        [1, 'BR'],
      ])}, ${event('funnel', 0.6)},
      ${event('signup', 0.5)}, ${event('mql', 0.3)}, ${event('users', 0.1)}, ${event('form', 0.1)}, ${event('booked', 0.06)}, ${event('done', 0.04)},
      ${event('paid', 0.1)}, 10 + round((${u('payment')} * 900)::numeric, 2), 'USD'
    from generate_series(1, ${sql.lit(companies)}::bigint) g`.execute(db);
  await sql`
    insert into company_conversion_probability (company, cp1, cp1_arpu, cp3, cp3_arpu, scored_at, synced_at)
    select g, power(${u('cp1')}, 6) * 0.6, 100 + round((${u('arpu')} * 2900)::numeric, 2), power(${u('cp3')}, 5) * 0.8,
      100 + round((${u('arpu')} * 2900)::numeric, 2) * 2, ${ago(sql`0.15`)}, ${ago(sql`0.1`)}
    from generate_series(1, ${sql.lit(companies)}::bigint) g`.execute(db);
}

const companyOf = ({ companies, seed }: WorldSize, id: RawBuilder<unknown>) =>
  sql`(1 + floor(${unit(seed, id, 'company of contact')} * ${sql.lit(companies)}))::bigint`;

async function makeContacts(db: Database, world: WorldSize): Promise<void> {
  const u = (use: string) => unit(world.seed, sql`g`, use);
  const event = (use: string, share: number) =>
    sql`case when ${u(`${use} happened`)} < ${sql.lit(share)} then ${ago(
      sql`(case when ${u('is recent')} < 0.02 then ${u(use)} * 8 else 8 + ${u(use)} * 357 end)`,
    )} end`;
  await sql`
    insert into contact_profile_metadata (contact_id, company, is_spam, email, phone_number, phone_is_corrupted, first_name, last_name, city, state, zip,
      country, external_id, consent_ad_user_data, consent_ad_personalization, signup_at, lead_at, lead_index, demo_booked_at, lead_score_250_at)
    select g, ${companyOf(world, sql`g`)}, ${u('spam')} < 0.02, 'Person.' || g || '@company-' || g % 1000 || '.example',
      case when ${u('has phone')} < 0.5 then '+1202555' || lpad((g % 10000)::text, 4, '0') end, ${u('corrupted')} < 0.03,
      ${choose(u('first'), [
        [0.3, 'Maya'],
        [0.6, 'Jonas'],
        [1, 'Zoë'],
      ])}, ${choose(u('last'), [
        [0.5, 'Schmidt'],
        [1, "O'Neill"],
      ])}, 'New York', 'NY', '10001',
      ${choose(u('country'), [
        [0.55, 'US'],
        [0.63, 'DE'],
        [0.7, 'FR'],
        [0.8, 'GB'],
        [0.9, 'IN'],
        [1, 'BR'],
      ])}, 'contact-' || g,
      ${choose(u('consent'), [
        [0.5, 'granted'],
        [0.9, 'unknown'],
        [1, 'denied'],
      ])}, ${choose(u('consent'), [
        [0.5, 'granted'],
        [0.9, 'unknown'],
        [1, 'denied'],
      ])},
      ${event('signup', 0.4)}, ${event('lead', 0.3)}, round((${u('index')} * 100)::numeric, 2), ${event('demo', 0.04)}, ${event('score', 0.05)}
    from generate_series(1, ${sql.lit(world.contacts)}::bigint) g`.execute(db);
  await sql`
    insert into contact_cp_score (contact_id, combined1_conversion_probability_predicted, combined3_conversion_probability_predicted, cp1_signup_first,
      cp3_signup_first, book_a_demo_1_probability, book_a_demo_3_probability, scored_at, synced_at)
    select g, power(${u('c1')}, 4) * 0.5, power(${u('c3')}, 4) * 0.6, power(${u('s1')}, 4) * 0.3, power(${u('s3')}, 4) * 0.4, power(${u('b1')}, 4) * 0.2,
      power(${u('b3')}, 4) * 0.3, ${ago(sql`0.15`)}, ${ago(sql`0.1`)}
    from generate_series(1, ${sql.lit(world.contacts)}::bigint) g`.execute(db);
  await sql`
    insert into contact_conversion_probability (contact_id, combined1_conversion_probability_predicted, combined3_conversion_probability_predicted,
      cp1_signup_first_value, cp3_signup_first_value, book_a_demo_1_probability_value, book_a_demo_3_probability_value, acv, scored_at, merged_at)
    select contact_id, combined1_conversion_probability_predicted, combined3_conversion_probability_predicted, round((cp1_signup_first * a)::numeric, 4),
      round((cp3_signup_first * a)::numeric, 4), round((book_a_demo_1_probability * a)::numeric, 4), round((book_a_demo_3_probability * a)::numeric, 4),
      round(a::numeric, 4), scored_at, synced_at
    from contact_cp_score cross join lateral (select 200 + ${unit(world.seed, sql`contact_id`, 'acv')} * 8000 as a) v`.execute(db);
}

/**
 * Visit g is a click on an ad of the last eight days where g ≤ paidClicks; the others are spread over the half year before, one in fifty of
 * them paid. Every visit is known to be of a company, two in five of a contact too.
 */
async function makeVisits(db: Database, world: WorldSize): Promise<void> {
  const u = (use: string) => unit(world.seed, sql`g`, use);
  const { paidClicks, visits, contacts } = world;
  const channel = choose(u('channel'), [
    [0.35, 'cpc-google'],
    [0.6, 'cpc-google-brand'],
    [0.85, 'cpc-facebook'],
    [1, 'cpc-bing'],
  ]);
  const id = (use: string) => sql`md5(g::text || ${sql.lit(use)})`;
  const wellFormed = sql`${u('cut')} >= 0.01`;
  await sql`
    insert into visits (visit_id, session_id, client_id, visited_at, channel, campaign, gclid, fbclid, fbp, msclkid, ip_address, user_agent, source_url)
    overriding system value
    select g, ${id('session')}::uuid, ${id('client')}::uuid, visited_at, channel, case when channel like 'cpc-%' then 'campaign ' || g % 20 end,
      case when channel like 'cpc-google%' then case when ${wellFormed} then 'Cj0KCQ' || ${id('gclid')} else 'Cj0' end end,
      case when channel = 'cpc-facebook' then case when ${wellFormed} then 'IwAR0' || ${id('fbclid')} else 'IwA' end end,
      case when channel = 'cpc-facebook' then 'fb.1.1763000000000.' || g end,
      case when channel = 'cpc-bing' then case when ${wellFormed} then ${id('msclkid')} else 'f89' end end,
      '198.51.100.' || g % 254, 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36',
      'https://www.example.com/pricing'
    from (
      select g, case when g <= ${sql.lit(paidClicks)} then ${ago(sql`(0.2 + ${u('when')} * 7.7)`)} else ${ago(sql`(8.1 + ${u('when')} * 170)`)} end as visited_at,
        case when g <= ${sql.lit(paidClicks)} or ${u('is paid')} < 0.02 then ${channel} else 'organic' end as channel
      from generate_series(1, ${sql.lit(visits)}::bigint) g
    ) v`.execute(db);
  const contact = sql`(1 + floor(${unit(world.seed, sql`visit_id`, 'contact of visit')} * ${sql.lit(contacts)}))::bigint`;
  await sql`
    insert into contact_interactions (contact_id, visit_id, interacted_at, channel)
    select ${contact}, visit_id, visited_at, channel from visits where ${unit(world.seed, sql`visit_id`, 'is known')} < 0.4`.execute(db);
  await sql`
    insert into company_interactions (company, visit_id, interacted_at, channel)
    select ${companyOf(world, contact)}, visit_id, visited_at, channel from visits`.execute(db);
}

/**
 * Fills an empty, migrated database; the same size and seed give the same rows. Triggers and foreign keys sleep meanwhile: what they would
 * note is what the first run decides anyway.
 */
export async function makeWorld(db: Database, world: WorldSize, say: (line: string) => void): Promise<void> {
  await db.connection().execute(async (connection) => {
    await sql`set session_replication_role = replica`.execute(connection);
    await makeCompanies(connection, world);
    say(`${world.companies} companies`);
    await makeContacts(connection, world);
    say(`${world.contacts} contacts`);
    await makeVisits(connection, world);
    say(`${world.visits} visits, ${world.paidClicks} of them paid clicks of the last eight days`);
    for (const source of ['company_conversion_probability', 'contact_cp_score', 'contact_acv_score', 'contact_conversion_probability'])
      await sql`insert into sync_run (run_id, source, status, started_at, finished_at) values ('bench', ${source}, 'succeeded', ${worldAt}, ${worldAt})`.execute(
        connection,
      );
    await sql`reset session_replication_role`.execute(connection);
  });
  await sql`vacuum analyze`.execute(db);
}

/** Gives one in `oneIn` companies and contacts a new score, a moment before `now`, as sync writes them. Answers how many. */
export async function changeScores(db: Database, oneIn: number, now: Date): Promise<number> {
  const scoredAt = new Date(now.getTime() - 60_000);
  const chosen = (id: string) => sql`abs(hashint8(${sql.ref(id)})) % ${sql.lit(oneIn)} = 7 % ${sql.lit(oneIn)}`;
  const changed = [
    await sql`update company_conversion_probability set cp1 = least(1, cp1 * 1.2 + 0.001), cp3 = least(1, cp3 * 1.1 + 0.001), scored_at = ${scoredAt},
      synced_at = ${now} where ${chosen('company')}`.execute(db),
    await sql`update contact_cp_score set combined1_conversion_probability_predicted = least(1, combined1_conversion_probability_predicted * 1.1 + 0.001),
      scored_at = ${scoredAt}, synced_at = ${now} where ${chosen('contact_id')}`.execute(db),
    await sql`update contact_conversion_probability set combined1_conversion_probability_predicted = least(1, combined1_conversion_probability_predicted * 1.1 + 0.001),
      cp1_signup_first_value = cp1_signup_first_value * 1.1 + 0.1, scored_at = ${scoredAt}, merged_at = ${now} where ${chosen('contact_id')}`.execute(
      db,
    ),
  ];
  return changed.reduce((sum, { numAffectedRows }) => sum + Number(numAffectedRows ?? 0), 0);
}
