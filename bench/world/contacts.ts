import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';
import { choose, companyOf, daysAgo, isKnownVisitor, probability, scoredAt, syncedAt, unit, visitorOf, type WorldSize } from './invent.ts';
import { placeOf } from './places.ts';
import { mergedScores } from './scores.ts';
import { eventOnWay, waysOf } from './ways.ts';

const recent = { ofClicked: 0.1, ofOthers: 0.018 };
/** Where a grant is needed people are asked, and some say no; elsewhere most are not asked. */
const asked: [bound: number, consent: string][] = [
  [0.5, 'granted'],
  [0.8, 'unknown'],
  [1, 'denied'],
];
const rarelyAsked: [bound: number, consent: string][] = [
  [0.08, 'granted'],
  [0.98, 'unknown'],
  [1, 'denied'],
];

export async function makeContacts(db: Database, world: WorldSize): Promise<void> {
  const { seed, contacts, paidClicks } = world;
  const u = (use: string) => unit(seed, sql`g`, use);
  const event = (use: string, share: number, from: number, to: number) => eventOnWay(world, use, share, from, to);
  const clicked = sql`
    select distinct ${visitorOf(world, sql`v`)} as entity from generate_series(1, ${sql.lit(paidClicks)}::bigint) v where ${isKnownVisitor(seed, sql`v`)}`;
  const place = placeOf(seed, sql`company`);
  const consent = sql`case when ${place.country} in ('DE', 'FR', 'GB') then ${choose(u('consent'), asked)} else ${choose(u('consent'), rarelyAsked)} end`;
  const first = choose(u('first'), [
    [0.3, 'Maya'],
    [0.6, 'Jonas'],
    [1, 'Zoë'],
  ]);
  const last = choose(u('last'), [
    [0.5, 'Schmidt'],
    [1, "O'Neill"],
  ]);
  await sql`
    insert into contact_profile_metadata (contact_id, company, is_spam, email, phone_number, phone_is_corrupted, first_name, last_name, city, state, zip,
      country, external_id, consent_ad_user_data, consent_ad_personalization, signup_at, lead_at, lead_index, lead_score, lead_score_250_at,
      demo_booked_at, updated_at)
    select g, company, ${u('spam')} < 0.03, 'Person.' || g || '@company-' || company || '.example',
      case when ${u('has phone')} < 0.5 then '+1202555' || lpad((g % 10000)::text, 4, '0') end, ${u('corrupted')} < 0.03, ${first}, ${last},
      ${place.city}, ${place.state}, ${place.zip}, ${place.country}, 'contact-' || g, ${consent}, ${consent},
      ${event('signup', 0.4, 0, 0.2)}, ${event('lead', 0.3, 0.2, 0.4)}, case when far < 0.3 then round((${u('index')} * 100)::numeric, 2) end,
      case when far < 0.3 then floor(${u('score')} * 250)::integer + case when far < 0.05 then 250 else 0 end end,
      ${event('score', 0.05, 0.4, 0.6)}, ${event('demo', 0.04, 0.6, 0.8)}, ${daysAgo(sql`1`)}
    from (select way.*, ${companyOf(world, sql`g`)} as company from (${waysOf(seed, contacts, clicked, recent)}) as way) as contact`.execute(
    db,
  );
  const ids = sql`generate_series(1, ${sql.lit(contacts)}::bigint) g`;
  await sql`
    insert into contact_cp_score (contact_id, combined1_conversion_probability_predicted, combined3_conversion_probability_predicted, cp1_signup_first,
      cp3_signup_first, book_a_demo_1_probability, book_a_demo_3_probability, scored_at, synced_at)
    select g, ${probability(u('combined1'))}, ${probability(u('combined3'))}, ${probability(u('signup 1'))}, ${probability(u('signup 3'))},
      ${probability(u('demo 1'))}, ${probability(u('demo 3'))}, ${scoredAt}, ${syncedAt} from ${ids}`.execute(db);
  await sql`
    insert into contact_acv_score (contact_id, acv, scored_at, synced_at)
    select g, 100 + round((${u('acv')} * 2900)::numeric, 2), ${scoredAt}, ${syncedAt} from ${ids}`.execute(db);
  await sql`insert into contact_conversion_probability ${mergedScores(syncedAt)}`.execute(db);
}
