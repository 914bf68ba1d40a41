import { existsSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { costPlaces, fromUnits } from '../../money/decimal.ts';
import type { DayRange, IhcStore, IhcTransaction } from './ihc-store.ts';

export interface SqliteOptions {
  file: string;
  /** Otherwise the file is opened for reading only, and results live in memory, as if they had been written. */
  write: boolean;
  /** Only conversions of this type, where the table tells types apart. */
  conversionType: string;
  /** The decimal places of the revenue's currency. */
  places: number;
}

const inputTables = {
  conversions: ['conv_id', 'user_id', 'conv_date', 'conv_time', 'revenue'],
  session_sources: [
    ...['session_id', 'user_id', 'event_date', 'event_time', 'channel_name'],
    ...['holder_engagement', 'closer_engagement', 'impression_interaction'],
  ],
  session_costs: ['session_id', 'cost'],
};
const resultTables = {
  attribution_customer_journey: { columns: { conv_id: 'text', session_id: 'text', ihc: 'real' }, key: 'conv_id, session_id' },
  channel_reporting: {
    columns: { channel_name: 'text', date: 'text', cost: 'real', ihc: 'real', ihc_revenue: 'real' },
    key: 'channel_name, date',
  },
};
const dayGlob = '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]';

// Ids are read as text: a file may hold them as whole numbers, larger ones than JavaScript's.
const sessionColumns = `cast(session_id as text) session_id, cast(user_id as text) user_id, event_date, event_time, channel_name,
  holder_engagement, closer_engagement, impression_interaction`;
const sessionOrder = 'session_id, event_date, event_time, channel_name';

function open(file: string, write: boolean): DatabaseSync {
  if (!existsSync(file)) throw new Error(`${file}: there is no such file; give the path of a SQLite database`);
  const db = new DatabaseSync(file, { readOnly: !write, timeout: 10_000 });
  for (const [table, columns] of Object.entries(inputTables)) {
    try {
      db.prepare(`select ${columns.join(', ')} from ${table} limit 0`);
    } catch (error) {
      db.close();
      const reason = error instanceof Error ? error.message : error;
      throw new Error(`${file}: ${reason}. The file must have a table ${table} with the columns ${columns.join(', ')}.`);
    }
  }
  return db;
}

/** In a file that is only read, tables of the same names in memory stand before those of the file, and begin as copies of them. */
function readyResultTables(db: DatabaseSync, write: boolean): void {
  if (!write) db.exec('pragma temp_store = memory');
  for (const [table, { columns, key }] of Object.entries(resultTables)) {
    const isThere = db.prepare("select 1 from main.sqlite_master where type = 'table' and name = ?").get(table) !== undefined;
    const names = Object.keys(columns).join(', ');
    const definition = [...Object.entries(columns).map(([name, type]) => `${name} ${type} not null`), `primary key (${key})`].join(', ');
    db.exec(`create ${write ? 'table if not exists' : 'temp table'} ${table} (${definition})`);
    if (!write && isThere) db.exec(`insert or replace into temp.${table} (${names}) select ${names} from main.${table}`);
  }
}

/** Opens a SQLite file of the challenge's schema. Throws what is missing, and how to mend it. */
export function openSqliteStore({ file, write, conversionType, places }: SqliteOptions): IhcStore {
  const db = open(file, write);
  readyResultTables(db, write);
  const hasTypes = db.prepare("select 1 from pragma_table_info('conversions') where name = 'conv_type_id'").get() !== undefined;
  const ofType = hasTypes ? 'and conv_type_id = ?' : '';
  const type = hasTypes ? [conversionType] : [];
  const inRange = `(conv_date between ? and ? or conv_date is null or typeof(conv_date) <> 'text' or conv_date not glob '${dayGlob}') ${ofType}`;
  const all = async (sql: string, ...values: SQLInputValue[]): Promise<unknown[]> => db.prepare(sql).all(...values);
  const json = (values: string[]): string => JSON.stringify(values);

  const tx: IhcTransaction = {
    findCreditedDays: async (conversionIds) => {
      const rows = await all(
        `select distinct s.event_date as day from attribution_customer_journey a join session_sources s on s.session_id = a.session_id
         where a.conv_id in (select value from json_each(?)) and s.event_date is not null order by 1`,
        json(conversionIds),
      );
      return (rows as { day: string }[]).map(({ day }) => day);
    },
    replaceCredits: async (conversionIds, credits) => {
      db.prepare('delete from attribution_customer_journey where conv_id in (select value from json_each(?))').run(json(conversionIds));
      const insert = db.prepare('insert or replace into attribution_customer_journey (conv_id, session_id, ihc) values (?, ?, ?)');
      for (const { conversionId, sessionId, ihc } of credits) insert.run(conversionId, sessionId, ihc);
    },
    findCredits: (days) =>
      all(
        `select cast(a.conv_id as text) conv_id, cast(a.session_id as text) session_id, a.ihc, c.revenue, s.channel_name, s.event_date, s.event_time
         from attribution_customer_journey a
         join conversions c on c.conv_id = a.conv_id ${ofType}
         join session_sources s on s.session_id = a.session_id
         where a.conv_id in (
           select b.conv_id from attribution_customer_journey b join session_sources o on o.session_id = b.session_id
           where o.event_date in (select value from json_each(?)))
         order by a.conv_id, a.session_id, s.event_date, s.event_time, s.channel_name, c.conv_date, c.conv_time, c.revenue`,
        ...type,
        json(days),
      ),
    findSessions: (days) =>
      all(
        `select ${sessionColumns} from session_sources where event_date in (select value from json_each(?)) order by ${sessionOrder}`,
        json(days),
      ),
    findCosts: (days) =>
      all(
        `select cast(session_id as text) session_id, cost from session_costs
         where session_id in (select session_id from session_sources where event_date in (select value from json_each(?)))
           or not exists (select 1 from session_sources s where s.session_id = session_costs.session_id)
         order by session_id, cost`,
        json(days),
      ),
    replaceReport: async (days, rows) => {
      db.prepare('delete from channel_reporting where date in (select value from json_each(?))').run(json(days));
      const insert = db.prepare(
        'insert or replace into channel_reporting (channel_name, date, cost, ihc, ihc_revenue) values (?, ?, ?, ?, ?)',
      );
      for (const { channel, day, costMicros, ihc, revenueMinor } of rows)
        insert.run(channel, day, Number(fromUnits(costMicros, costPlaces)), ihc, Number(fromUnits(revenueMinor, places)));
    },
  };

  return {
    findConversions: ({ from, to }: DayRange) =>
      all(
        `select cast(conv_id as text) conv_id, cast(user_id as text) user_id, conv_date, conv_time, revenue from conversions
         where ${inRange} order by conv_id, conv_date, conv_time, revenue`,
        from,
        to,
        ...type,
      ),
    findSessions: ({ from, to }: DayRange) =>
      all(
        `select ${sessionColumns} from session_sources
         where user_id in (select user_id from conversions where ${inRange}) or user_id is null or user_id = '' order by ${sessionOrder}`,
        from,
        to,
        ...type,
      ),
    transaction: async (work) => {
      db.exec('begin immediate');
      try {
        const result = await work(tx);
        db.exec('commit');
        return result;
      } catch (error) {
        db.exec('rollback');
        throw error;
      }
    },
    close: async () => db.close(),
  };
}
