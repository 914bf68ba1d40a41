import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';
import { type CountPart, decideReconciliation, type LedgerPart, type Reconciled } from './decide-reconciliation.ts';

/** Days, inclusive, `YYYY-MM-DD` in UTC; null: every platform, every account. */
export interface Span {
  from: string;
  to: string;
  platform: string | null;
  account: string | null;
}

/** Microsoft's reports lag by up to six hours: https://learn.microsoft.com/advertising/guides/offline-conversions-report */
const reportLagHours = 6;

const within = ({ from, to, platform, account }: Span, of: 'c' | 'd') => sql`
  ${sql.ref(`${of}.occurred_at`)} >= ${from}::date and ${sql.ref(`${of}.occurred_at`)} < ${to}::date + 1
  and (${platform}::text is null or ${sql.ref(`${of}.platform`)} = ${platform}) and (${account}::text is null or ${sql.ref(`${of}.account`)} = ${account})`;

async function findLedgerParts(db: Database, span: Span): Promise<LedgerPart[]> {
  const { rows } = await sql<LedgerPart>`
    select platform, account, action, day, status, code, max(reason) as reason, count(*) as count
    from (
      select c.platform, c.account, c.action, (c.occurred_at at time zone 'UTC')::date::text as day,
             case when d.event_id is null then 'unclaimed' when d.state <> 'settled' then 'waiting'
                  when d.outcome = 'rejected' then 'rejected' else 'accepted' end as status,
             case when d.outcome in ('delivered', 'duplicate') then null else d.code end as code, d.reason
      from conversion_candidate c left join delivery d on d.platform = c.platform and d.event_id = c.event_id
      where ${within(span, 'c')}
      union all
      select d.platform, d.account, '', (d.occurred_at at time zone 'UTC')::date::text, 'stray', null, null
      from delivery d
      where ${within(span, 'd')} and d.corrects is null and not exists (select from conversion_candidate c where c.event_id = d.event_id)
    ) as standing
    group by platform, account, action, day, status, code`.execute(db);
  return rows;
}

interface CountRow extends CountPart {
  platform: string;
  account: string;
  action: string;
  day: string;
}

async function findCountParts(db: Database, { from, to, platform, account }: Span): Promise<CountRow[]> {
  const { rows } = await sql<CountRow>`
    select r.platform, r.account, r.action, r.day::text, r.source, r.accepted, r.counted, r.reasons, r.check_at is not null as "isOpen",
           case when r.accepted is not null then 0 else (
             select count(*) from conversion_candidate c join delivery d on d.platform = c.platform and d.event_id = c.event_id
             where c.platform = r.platform and c.account = r.account and c.action = r.action and d.state = 'settled'
               and c.occurred_at >= r.day and c.occurred_at < r.day + 1 and d.updated_at > r.checked_at - make_interval(hours => ${reportLagHours})
           ) end as "tooRecent"
    from read_back r
    where r.day between ${from}::date and ${to}::date and (${platform}::text is null or r.platform = ${platform})
      and (${account}::text is null or r.account = ${account})`.execute(db);
  return rows;
}

const keyOf = ({ platform, account, action, day }: Pick<LedgerPart, 'platform' | 'account' | 'action' | 'day'>): string =>
  JSON.stringify([day, platform, account, action]);

/** Eligible, sent, accepted and counted of each action and day, the newest day first. */
export async function findReconciliation(db: Database, span: Span): Promise<Reconciled[]> {
  const [ledger, counts] = await Promise.all([findLedgerParts(db, span), findCountParts(db, span)]);
  const countsOf = Map.groupBy(counts, keyOf);
  const reconciled = [...Map.groupBy(ledger, keyOf)].map(([key, parts]) =>
    decideReconciliation(parts as [LedgerPart, ...LedgerPart[]], countsOf.get(key) ?? []),
  );
  const order = ({ platform, account, action }: Reconciled): string => `${platform} ${account} ${action}`;
  return reconciled.sort((left, right) => (left.day === right.day ? (order(left) < order(right) ? -1 : 1) : left.day < right.day ? 1 : -1));
}

/** The event ids among which the unexplained ones of a row are: those of the requests that fell short, or all that were accepted that day. */
export async function findSuspects(db: Database, { platform, account, action, day, sources }: Reconciled): Promise<string[]> {
  const { rows } = await sql<{ event_id: string }>`
    select c.event_id from conversion_candidate c join delivery d on d.platform = c.platform and d.event_id = c.event_id
    where c.platform = ${platform} and c.account = ${account} and c.action = ${action}
      and c.occurred_at >= ${day}::date and c.occurred_at < ${day}::date + 1
      and d.state = 'settled' and d.outcome = 'delivered' and (${sources.includes('report')} or d.reference = any(${sources}::text[]))
    order by c.event_id`.execute(db);
  return rows.map((row) => row.event_id);
}
