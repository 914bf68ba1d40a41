import { DatabaseSync } from 'node:sqlite';
import { instantOf } from '../ihc/build-journeys.ts';
import type { ConversionRow, SessionRow } from '../ihc/rows.ts';
import { compareTouches, type Touch } from '../journeys/journey.ts';
import type { PathCount } from '../models/index.ts';
import { costPlaces, placesOf, toUnits } from '../money/decimal.ts';
import type { Cost, JourneyGroup } from './corpus.ts';

// Amounts are text: they may be larger than a whole number of SQLite. A database without a name is a file that SQLite alone knows of, in the folder
// for temporary files, and that is gone when it is closed, whatever ends the command.
const schema = `
  pragma journal_mode = off;
  pragma synchronous = off;
  pragma cache_size = -32768;
  create table conversion (id text, user text, at_ms integer, value text);
  create table session (id text, user text, at_ms integer, channel text, is_holder integer, is_closer integer, is_impression integer);
  create table cost (session text, micros text);
  begin`;

const indexes = `
  create index conversion_by_user on conversion (user);
  create index session_by_user on session (user, at_ms, id, channel, is_holder, is_closer, is_impression);
  create index session_by_id on session (id);
  commit`;

interface StoredTouch {
  id: string;
  at_ms: number;
  channel: string;
  is_holder: number;
  is_closer: number;
  is_impression: number;
}

const toTouch = ({ id, at_ms, channel, is_holder, is_closer, is_impression }: StoredTouch): Touch => ({
  ...{ id, atMs: at_ms, channel, campaign: null },
  ...{ isHolder: is_holder === 1, isCloser: is_closer === 1, isImpression: is_impression === 1 },
});

/**
 * Usable rows on disk, sorted so that journeys can be read from them one at a time, as often as needed. It takes somewhat more disk than the rows do
 * where they come from, and a cache of 32 MB, however many they are.
 */
export class JourneyFile {
  readonly #db = new DatabaseSync('');
  readonly #currency: string;
  readonly #places: number;
  readonly #addConversion;
  readonly #addSession;
  readonly #addCost;

  constructor(currency: string) {
    this.#currency = currency;
    this.#places = placesOf(currency);
    this.#db.exec(schema);
    this.#addConversion = this.#db.prepare('insert into conversion values (?, ?, ?, ?)');
    this.#addSession = this.#db.prepare('insert into session values (?, ?, ?, ?, ?, ?, ?)');
    this.#addCost = this.#db.prepare('insert into cost values (?, ?)');
  }

  addConversion({ conv_id, user_id, conv_date, conv_time, revenue }: ConversionRow): void {
    this.#addConversion.run(conv_id, user_id, instantOf(conv_date, conv_time), `${toUnits(revenue, this.#places) ?? 0n}`);
  }

  addSession(row: SessionRow): void {
    const flags = [row.holder_engagement, row.closer_engagement, row.impression_interaction];
    this.#addSession.run(row.session_id, row.user_id, instantOf(row.event_date, row.event_time), row.channel_name, ...flags);
  }

  addCost(session: string, cost: string | number): void {
    this.#addCost.run(session, `${toUnits(cost, costPlaces) ?? 0n}`);
  }

  /** To be called once, after all rows were added and before any is read. */
  sort(): void {
    this.#db.exec(indexes);
  }

  /** A journey for each conversion, in order of time and id, with the sessions of its user strictly before it. */
  *journeys(): Generator<JourneyGroup> {
    const findTouches = this.#db.prepare(
      'select id, at_ms, channel, is_holder, is_closer, is_impression from session where user = ? and at_ms < ?',
    );
    for (const { id, user, at_ms, value } of this.#db
      .prepare('select id, user, at_ms, value from conversion order by at_ms, id')
      .iterate()) {
      const found = findTouches.all(user as string, at_ms as number) as unknown as StoredTouch[];
      const journey = {
        ...{ conversionId: id as string, convertedAtMs: at_ms as number, valueMinor: BigInt(value as string), currency: this.#currency },
        touches: found.map(toTouch).sort(compareTouches),
      };
      yield { journey, conversions: 1 };
    }
  }

  /** The ways of users who never converted. */
  *nulls(): Generator<PathCount> {
    const rows = this.#db
      .prepare('select * from session s where not exists (select 1 from conversion c where c.user = s.user) order by user')
      .iterate() as Iterable<unknown> as Iterable<StoredTouch & { user: string }>;
    let user: string | null = null;
    let touches: Touch[] = [];
    const path = (): PathCount => ({ channels: touches.sort(compareTouches).map(({ channel }) => channel), conversions: 0, nulls: 1 });
    for (const row of rows) {
      if (row.user !== user && touches.length > 0) {
        yield path();
        touches = [];
      }
      user = row.user;
      touches.push(toTouch(row));
    }
    if (touches.length > 0) yield path();
  }

  *costs(): Generator<Cost> {
    const rows = this.#db.prepare('select s.channel, s.at_ms, c.micros from cost c cross join session s on s.id = c.session').iterate();
    for (const { channel, at_ms, micros } of rows)
      yield { channel: channel as string, campaign: null, atMs: at_ms as number, costMicros: BigInt(micros as string) };
  }

  /** The sessions that a cost names and that are not there, in the order in which the costs were added. */
  *homelessCosts(): Generator<string> {
    const rows = this.#db.prepare(
      'select session from cost c where not exists (select 1 from session s where s.id = c.session) order by rowid',
    );
    for (const { session } of rows.iterate()) yield session as string;
  }

  close(): void {
    this.#db.close();
  }
}
