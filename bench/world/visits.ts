import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';
import { choose, companyOf, daysAgo, isKnownVisitor, unit, visitorOf, type WorldSize } from './invent.ts';

/**
 * Visit g is a click on an ad of the last eight days where g ≤ paidClicks. The others are spread over half a year, one in fifty of them
 * paid and older than that. Nearly every visit is known to be of a company, two in five of a contact too.
 */
export async function makeVisits(db: Database, world: WorldSize): Promise<void> {
  const { seed, visits, paidClicks } = world;
  const u = (use: string) => unit(seed, sql`g`, use);
  const md5 = (use: string) => sql`md5(g::text || ${sql.lit(`${use} ${seed}`)})`;
  // In the order of their numbers, much as a tracker's version 7 ids are.
  const sessionId = sql`('00000000-0000-7000-8000-' || lpad(to_hex(g), 12, '0'))`;
  const channel = choose(u('channel'), [
    [0.35, 'cpc-google'],
    [0.6, 'cpc-google-brand'],
    [0.85, 'cpc-facebook'],
    [1, 'cpc-bing'],
  ]);
  const clickId = (prefix: string, use: string) =>
    sql`case when ${u('is cut off')} < 0.01 then left(${md5(use)}, 7) else ${sql.lit(prefix)} || ${md5(use)} end`;
  await sql`
    insert into visits (visit_id, session_id, client_id, visited_at, channel, campaign, gclid, fbclid, fbp, msclkid, ip_address, user_agent, source_url)
    overriding system value
    select g, ${sessionId}::uuid, ${md5('client')}::uuid, ${daysAgo(sql`days`)}, channel, case when is_paid then 'campaign ' || g % 20 end,
      case when channel like 'cpc-google%' then ${clickId('Cj0KCQ', 'gclid')} end,
      case when channel = 'cpc-facebook' then ${clickId('IwAR0', 'fbclid')} end,
      case when channel = 'cpc-facebook' then 'fb.1.1763000000000.' || g end,
      case when channel = 'cpc-bing' then ${clickId('', 'msclkid')} end,
      '198.51.100.' || g % 254, 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36',
      'https://www.example.com/pricing'
    from (
      select g, is_paid, case when is_paid then ${channel} else 'organic' end as channel,
        case when g <= ${sql.lit(paidClicks)} then 0.05 + ${u('when')} * 7.9 when is_paid then 8.1 + ${u('when')} * 171.8 else ${u('when')} * 179.9 end as days
      from (
        select g, g <= ${sql.lit(paidClicks)} or ${u('is paid')} < 0.02 as is_paid from generate_series(1, ${sql.lit(visits)}::bigint) g
      ) as visit
    ) as visit`.execute(db);
  const visitor = visitorOf(world, sql`visit_id`);
  await sql`
    insert into contact_interactions (contact_id, visit_id, interacted_at, channel)
    select ${visitor}, visit_id, visited_at, channel from visits where ${isKnownVisitor(seed, sql`visit_id`)}`.execute(db);
  await sql`
    insert into company_interactions (company, visit_id, interacted_at, channel)
    select ${companyOf(world, visitor)}, visit_id, visited_at, channel from visits
    where channel <> 'organic' or ${unit(seed, sql`visit_id`, 'has company')} < 0.9`.execute(db);
}
