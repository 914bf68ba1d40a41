import { type RawBuilder, sql } from 'kysely';

export type Sql = RawBuilder<unknown>;

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

/** A number in [0, 1), the same for the same id, seed and use. */
export const unit = (seed: number, id: Sql, use: string): Sql =>
  sql`((hashint8extended(${id}, hashtextextended(${sql.lit(use)}, ${sql.lit(seed)}::bigint)) & 9007199254740991) / 9007199254740992.0::float8)`;

export const daysAgo = (days: Sql): Sql => sql`(${sql.lit(worldAt.toISOString())}::timestamptz - ${days} * interval '1 day')`;

/** The part of a share in [0, 1): the first bound above it wins. */
export const choose = (share: Sql, parts: [bound: number, value: string | number | null][]): Sql =>
  sql`case ${sql.join(
    parts.map(([bound, value]) => sql`when ${share} < ${sql.lit(bound)} then ${sql.lit(value)}`),
    sql` `,
  )} end`;

/** A probability as models give them: four in five below 1 %, one in twenty above 15 %, none above 60 %. */
export const probability = (share: Sql): Sql => sql`0.0003 * power(2000::float8, power(${share}, 4))`;

export const scoredAt = daysAgo(sql`0.15`);
export const syncedAt = daysAgo(sql`0.1`);

/** Whose company a contact is. */
export const companyOf = ({ companies, seed }: WorldSize, contact: Sql): Sql =>
  sql`(1 + floor(${unit(seed, contact, 'company of contact')} * ${sql.lit(companies)}))::bigint`;

/** Who visits, known or not. */
export const visitorOf = ({ contacts, seed }: WorldSize, visit: Sql): Sql =>
  sql`(1 + floor(${unit(seed, visit, 'contact of visit')} * ${sql.lit(contacts)}))::bigint`;

export const isKnownVisitor = (seed: number, visit: Sql): Sql => sql`${unit(seed, visit, 'is known')} < 0.4`;
