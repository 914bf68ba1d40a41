import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';
import { compareTouches, type Touch } from '../journeys/journey.ts';
import type { PathCount } from '../models/index.ts';
import { placesOf, toUnits } from '../money/decimal.ts';
import type { Corpus } from './corpus.ts';

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

const costPlaces = 6;

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

/** Reads the conversions of companies in a range of days with the touches strictly before each, and the ways of those that have not converted by then. */
export async function readLive(db: Database, { conversion, from, to, timeZone, currency }: LiveChoice): Promise<Corpus> {
  const { column, hasValue } = liveConversions[conversion];
  const at = sql.ref(column);
  const day = (instant: ReturnType<typeof sql.ref>) => sql`(${instant} at time zone ${timeZone})::date`;
  const { rows: conversions } = await sql<ConversionRow>`
    select company, ${at} as converted_at, ${hasValue ? sql`first_payment_value` : sql`null`} as value,
           ${hasValue ? sql`first_payment_currency` : sql`null`} as currency
    from company_profile_meta_data where ${day(at)} between ${from}::date and ${to}::date and not is_spam
    order by company`.execute(db);
  const { rows: touches } = await sql<TouchRow>`
    select i.company, v.session_id, v.visited_at, v.channel, v.campaign
    from company_profile_meta_data p join company_interactions i using (company) join visits v using (visit_id)
    where ${day(at)} between ${from}::date and ${to}::date and not p.is_spam and v.visited_at < p.${at}`.execute(db);
  const { rows: lost } = await sql<TouchRow>`
    select i.company, v.session_id, v.visited_at, v.channel, v.campaign
    from company_interactions i join visits v using (visit_id) left join company_profile_meta_data p using (company)
    where ${day(sql.ref('v.visited_at'))} between ${from}::date and ${to}::date and not coalesce(p.is_spam, false)
      and (p.${at} is null or ${day(sql.ref(`p.${column}`))} > ${to}::date)`.execute(db);
  const { rows: costs } = await sql<{ channel: string; campaign: string | null; visited_at: Date; cost: string }>`
    select v.channel, v.campaign, v.visited_at, c.cost
    from session_costs c join visits v on v.session_id::text = c.session_id
    where c.cost is not null and ${day(sql.ref('v.visited_at'))} between ${from}::date and ${to}::date`.execute(db);

  const touchesOf = Map.groupBy(touches, ({ company }) => company);
  const ordered = (rows: TouchRow[]): Touch[] => rows.map(toTouch).sort(compareTouches);
  const nulls = [...Map.groupBy(lost, ({ company }) => company).values()].map(
    (rows): PathCount => ({ channels: ordered(rows).map(({ channel }) => channel), conversions: 0, nulls: 1 }),
  );
  return {
    ...{ places: placesOf(currency), currency, hasTimes: true, nulls, refused: [] },
    groups: conversions.map(({ company, converted_at, value, currency: paidIn }) => {
      const own = paidIn ?? currency;
      const journey = {
        ...{ conversionId: `${conversion} company ${company}`, convertedAtMs: converted_at.getTime() },
        ...{ valueMinor: toUnits(value ?? '0', placesOf(own)) ?? 0n, currency: own, touches: ordered(touchesOf.get(company) ?? []) },
      };
      return { journey, conversions: 1 };
    }),
    costs: costs.map(({ channel, campaign, visited_at, cost }) => {
      return { channel, campaign, atMs: visited_at.getTime(), costMicros: toUnits(cost, costPlaces) ?? 0n };
    }),
  };
}
