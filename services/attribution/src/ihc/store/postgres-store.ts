import type { Database } from '@waybill/shared/db';
import { type RawBuilder, sql } from 'kysely';
import { costPlaces, fromUnits } from '../../money/decimal.ts';
import type { DayRange, IhcStore, IhcTransaction } from './ihc-store.ts';

export interface PostgresOptions {
  conversionType: string;
  /** The decimal places of the revenue's currency. */
  places: number;
}

/** Runs write one after another, so that each report is built of what the other has written. */
const writersLock = 7_361_014;
const rowsPerInsert = 10_000;

const sessionColumns = sql`session_id, user_id, event_date::text, event_time::text, channel_name,
  holder_engagement, closer_engagement, impression_interaction`;

function* chunksOf<T>(rows: T[]): Generator<T[]> {
  for (let start = 0; start < rows.length; start += rowsPerInsert) yield rows.slice(start, start + rowsPerInsert);
}

/** The tables of the same names in Postgres; `db` stays the caller's to close. */
export function createPostgresStore(db: Database, { conversionType, places }: PostgresOptions): IhcStore {
  const inRange = ({ from, to }: DayRange) => sql`conv_type_id = ${conversionType} and conv_date between ${from}::date and ${to}::date`;
  const all = async <T = unknown>(on: Database, query: RawBuilder<T>): Promise<T[]> => (await query.execute(on)).rows;

  const writing = (on: Database): IhcTransaction => ({
    findCreditedDays: async (conversionIds) => {
      const rows = await all(
        on,
        sql<{ day: string }>`
          select distinct s.event_date::text as day from attribution_customer_journey a join session_sources s using (session_id)
          where a.conv_id = any(${conversionIds}::text[]) order by 1`,
      );
      return rows.map(({ day }) => day);
    },
    replaceCredits: async (conversionIds, credits) => {
      await sql`delete from attribution_customer_journey where conv_id = any(${conversionIds}::text[])`.execute(on);
      for (const chunk of chunksOf(credits)) {
        await sql`
          insert into attribution_customer_journey (conv_id, session_id, ihc)
          select * from unnest(${chunk.map((credit) => credit.conversionId)}::text[], ${chunk.map((credit) => credit.sessionId)}::text[],
            ${chunk.map((credit) => credit.ihc)}::double precision[])
          on conflict (conv_id, session_id) do update set ihc = excluded.ihc`.execute(on);
      }
    },
    findCredits: (days) =>
      all(
        on,
        sql`
          select a.conv_id, a.session_id, a.ihc, c.revenue, s.channel_name, s.event_date::text, s.event_time::text
          from attribution_customer_journey a
          join conversions c on c.conv_id = a.conv_id and c.conv_type_id = ${conversionType}
          join session_sources s on s.session_id = a.session_id
          where a.conv_id in (
            select b.conv_id from attribution_customer_journey b join session_sources o on o.session_id = b.session_id
            where o.event_date = any(${days}::date[]))`,
      ),
    findSessions: (days) => all(on, sql`select ${sessionColumns} from session_sources where event_date = any(${days}::date[])`),
    findCosts: (days) =>
      all(
        on,
        sql`
          select c.session_id, c.cost from session_costs c left join session_sources s using (session_id)
          where s.event_date = any(${days}::date[]) or s.session_id is null order by c.session_id`,
      ),
    replaceReport: async (days, rows) => {
      await sql`delete from channel_reporting where conv_type_id = ${conversionType} and date = any(${days}::date[])`.execute(on);
      for (const chunk of chunksOf(rows)) {
        await sql`
          insert into channel_reporting (conv_type_id, channel_name, date, cost, ihc, ihc_revenue)
          select ${conversionType}, * from unnest(${chunk.map(({ channel }) => channel)}::text[], ${chunk.map(({ day }) => day)}::date[],
            ${chunk.map(({ costMicros }) => fromUnits(costMicros, costPlaces))}::numeric[],
            ${chunk.map(({ ihc }) => ihc)}::double precision[],
            ${chunk.map(({ revenueMinor }) => fromUnits(revenueMinor, places))}::numeric[])
          on conflict (conv_type_id, channel_name, date) do update
            set cost = excluded.cost, ihc = excluded.ihc, ihc_revenue = excluded.ihc_revenue`.execute(on);
      }
    },
  });

  return {
    findConversions: (range) =>
      all(
        db,
        sql`select conv_id, user_id, conv_date::text, conv_time::text, revenue from conversions where ${inRange(range)} order by conv_id`,
      ),
    findSessions: (range) =>
      all(
        db,
        sql`
          select ${sessionColumns} from session_sources
          where user_id in (select user_id from conversions where ${inRange(range)}) order by session_id`,
      ),
    transaction: (work) =>
      db.transaction().execute(async (on) => {
        await sql`select pg_advisory_xact_lock(${writersLock}::bigint)`.execute(on);
        return work(writing(on));
      }),
    close: async () => undefined,
  };
}
