import { sql } from 'kysely';
import { daysAgo, type Sql, unit, type WorldSize } from './invent.ts';

/**
 * A row for each entity from 1 to `count` with its way as a customer: `far` is how far along it gets, 0 being farthest; `until` and `took`
 * are when the way ended and how long it was, in days. The recent ones went it inside the last eight days, the others in the year before.
 */
export const waysOf = (seed: number, count: number, clicked: Sql, recent: { ofClicked: number; ofOthers: number }): Sql => sql`
  select g, ${unit(seed, sql`g`, 'far')} as far, case when is_recent then 0 else 8.01 end as until,
         ${unit(seed, sql`g`, 'begins')} * case when is_recent then 8 else 356 end as took
  from (
    select g, ${unit(seed, sql`g`, 'is recent')} < case when c.entity is null then ${sql.lit(recent.ofOthers)} else ${sql.lit(recent.ofClicked)} end as is_recent
    from generate_series(1, ${sql.lit(count)}::bigint) g left join (${clicked}) c on c.entity = g
  ) as entity`;

/** When an event of the way happened, for the share of entities that get there: somewhere between two points of the way, 0 its begin and 1 its end. */
export const eventOnWay = ({ seed }: WorldSize, use: string, share: number, from: number, to: number): Sql =>
  sql`case when far < ${sql.lit(share)} then ${daysAgo(
    sql`(until + took * (1 - (${sql.lit(from)} + ${sql.lit(to - from)} * ${unit(seed, sql`g`, use)})))`,
  )} end`;
