import type { Database } from '@waybill/shared/db';
import { type RawBuilder, sql } from 'kysely';
import { compareTouches, type Touch } from '../journeys/journey.ts';
import type { PathCount } from '../models/index.ts';
import { costPlaces, placesOf, toUnits } from '../money/decimal.ts';
import type { Corpus, Cost, JourneyGroup } from './corpus.ts';

/** What a company's conversion is: the column of its profile that tells when, and whether a payment comes with it. */
export const liveConversions = {
  paid: { column: 'first_paid_at', hasValue: true },
  signup: { column: 'signup_at', hasValue: false },
  mql: { column: 'mql_at', hasValue: false },
  'demo-booked': { column: 'demo_booked_at', hasValue: false },
} as const;

export interface LiveChoice {
  conversion: keyof typeof liveConversions;
  /** Days of the time zone, both within, as YYYY-MM-DD. */
  from: string;
  to: string;
  timeZone: string;
  /** Of conversions that come without a payment, and of the report. */
  currency: string;
}

interface TouchRow {
  company: number;
  session_id: string;
  visited_at: Date;
  channel: string;
  campaign: string | null;
}

const toTouch = ({ session_id, visited_at, channel, campaign }: TouchRow): Touch => ({
  ...{ id: session_id, atMs: visited_at.getTime(), channel, campaign, isHolder: false, isCloser: false, isImpression: false },
});

interface ConversionRow {
  company: number;
  converted_at: Date;
  value: string | null;
  currency: string | null;
}

const isIn = ({ from, to, timeZone }: LiveChoice, instant: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`(${instant} at time zone ${timeZone})::date between ${from}::date and ${to}::date`;

/** By company, in order. */
function toTouches(rows: TouchRow[]): Map<number, Touch[]> {
  const touchesOf = new Map<number, Touch[]>();
  for (const [company, own] of Map.groupBy(rows, (row) => row.company)) touchesOf.set(company, own.map(toTouch).sort(compareTouches));
  return touchesOf;
}

/** Before the first company. */
const none = -(2 ** 53);

async function* readJourneys(db: Database, choice: LiveChoice, page: number): AsyncGenerator<JourneyGroup> {
  const { column, hasValue } = liveConversions[choice.conversion];
  const at = sql.ref(column);
  for (let after = none; ; ) {
    const { rows: conversions } = await sql<ConversionRow>`
      select company, ${at} as converted_at, ${hasValue ? sql`first_payment_value` : sql`null`} as value,
             ${hasValue ? sql`first_payment_currency` : sql`null`} as currency
      from company_profile_meta_data where company > ${after} and ${isIn(choice, at)} and not is_spam
      order by company limit ${page}`.execute(db);
    const last = conversions.at(-1)?.company;
    if (last === undefined) return;
    const { rows: touches } = await sql<TouchRow>`
      select i.company, v.session_id, v.visited_at, v.channel, v.campaign
      from company_profile_meta_data p join company_interactions i using (company) join visits v using (visit_id)
      where i.company > ${after} and i.company <= ${last} and ${isIn(choice, at)} and not p.is_spam and v.visited_at < p.${at}`.execute(db);
    const touchesOf = toTouches(touches);
    for (const conversion of conversions) yield toGroup(choice, conversion, touchesOf.get(conversion.company) ?? []);
    after = last;
  }
}

function toGroup({ conversion, currency }: LiveChoice, row: ConversionRow, touches: Touch[]): JourneyGroup {
  const own = row.currency ?? currency;
  const journey = {
    ...{ conversionId: `${conversion} company ${row.company}`, convertedAtMs: row.converted_at.getTime() },
    ...{ valueMinor: toUnits(row.value ?? '0', placesOf(own)) ?? 0n, currency: own, touches },
  };
  return { journey, conversions: 1 };
}

async function* readNulls(db: Database, choice: LiveChoice, page: number): AsyncGenerator<PathCount> {
  const at = sql.ref(`p.${liveConversions[choice.conversion].column}`);
  for (let after = none; ; ) {
    const { rows: companies } = await sql<{ company: number }>`
      select distinct company from company_interactions where company > ${after} order by company limit ${page}`.execute(db);
    const last = companies.at(-1)?.company;
    if (last === undefined) return;
    const { rows: lost } = await sql<TouchRow>`
      select i.company, v.session_id, v.visited_at, v.channel, v.campaign
      from company_interactions i join visits v using (visit_id) left join company_profile_meta_data p using (company)
      where i.company > ${after} and i.company <= ${last} and ${isIn(choice, sql.ref('v.visited_at'))} and not coalesce(p.is_spam, false)
        and (${at} is null or (${at} at time zone ${choice.timeZone})::date > ${choice.to}::date)`.execute(db);
    for (const touches of toTouches(lost).values()) yield { channels: touches.map(({ channel }) => channel), conversions: 0, nulls: 1 };
    after = last;
  }
}

/** Sums by channel, campaign and day: no report tells more of a cost. */
async function* readCosts(db: Database, choice: LiveChoice): AsyncGenerator<Cost> {
  const { rows } = await sql<{ channel: string; campaign: string | null; visited_at: Date; cost: string }>`
    select v.channel, v.campaign, min(v.visited_at) as visited_at, sum(round(c.cost, ${costPlaces}::int)) as cost
    from session_costs c join visits v on v.session_id::text = c.session_id
    where c.cost is not null and ${isIn(choice, sql.ref('v.visited_at'))}
    group by v.channel, v.campaign, (v.visited_at at time zone ${choice.timeZone})::date`.execute(db);
  for (const { channel, campaign, visited_at, cost } of rows)
    yield { channel, campaign, atMs: visited_at.getTime(), costMicros: toUnits(cost, costPlaces) ?? 0n };
}

/**
 * The conversions of companies in a range of days with the touches strictly before each, and the ways of those that have not converted by then. Each
 * reading pages through the companies, so many at a time, in statements of their own: no snapshot is held open for minutes, and what is
 * recomputed between two readings is told by the second.
 */
export const readLive = (db: Database, choice: LiveChoice, pageCompanies = 1_000): Corpus => ({
  ...{ places: placesOf(choice.currency), currency: choice.currency, hasTimes: true, refused: [] },
  journeys: () => readJourneys(db, choice, pageCompanies),
  nulls: () => readNulls(db, choice, pageCompanies),
  costs: () => readCosts(db, choice),
});
