import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect, type Database } from '@waybill/shared/db';
import { sql } from 'kysely';
import { createTestDatabase } from '../../../infra/local/test-database.ts';
import { buildRoutes } from './routes.ts';
import { findRuns } from './runs.ts';
import { findStandings } from './standings.ts';

let database: { url: string; drop(): Promise<void> };
let db: Database;

interface Row {
  id: string;
  type?: string;
  state?: string;
  outcome?: string;
  code?: string;
  retryAt?: string;
  value?: string;
  currency?: string;
  published?: boolean;
}

const rows: Row[] = [
  { id: 'sent1', state: 'settled', outcome: 'delivered', value: '10.10', currency: 'USD' },
  { id: 'sent2', state: 'settled', outcome: 'duplicate', code: 'EXISTS', value: '0.20', currency: 'USD' },
  { id: 'sent3', state: 'settled', outcome: 'delivered', value: '7', currency: 'EUR' },
  { id: 'sent4', type: 'google.mql_11', state: 'settled', outcome: 'delivered' },
  { id: 'rejected', state: 'settled', outcome: 'rejected', code: 'EXPIRED', value: '99', currency: 'USD' },
  {
    id: 'config',
    state: 'waiting',
    outcome: 'config',
    code: 'UNKNOWN_ACTION',
    retryAt: '2026-11-20T12:00:00Z',
    value: '99',
    currency: 'USD',
  },
  { id: 'held', state: 'waiting', outcome: 'held', code: 'X1', retryAt: '2026-11-20T11:00:00Z' },
  { id: 'retry', state: 'waiting', outcome: 'retry', code: 'HTTP_503', retryAt: '2026-11-20T13:00:00Z' },
  { id: 'again', state: 'republished', outcome: 'retry', code: 'HTTP_503', retryAt: '2026-11-20T09:00:00Z' },
  { id: 'flight', state: 'in-flight' },
  { id: 'queued' },
  { id: 'unpublished', published: false },
];

async function insertRow({
  id,
  type = 'google.paid',
  state,
  outcome,
  code,
  retryAt,
  value,
  currency,
  published = true,
}: Row): Promise<void> {
  await sql`
    insert into conversion_candidate (event_id, platform, conversion_type, account, action, company, occurred_at, value, currency,
                                      occurrence_key, payload, rule_version, decided_at, published_at)
    values (${`cv_${id}`}, 'google', ${type}, '1', 'a', 5, '2026-11-19T00:00:00Z', ${value ?? null}, ${currency ?? null}, ${id}, '{}', 1, now(),
            ${published ? '2026-11-19T01:00:00Z' : null})`.execute(db);
  if (state === undefined) return;
  await sql`
    insert into delivery (platform, event_id, account, conversion_type, company, occurred_at, state, attempt, retry_at, payload_hash, outcome, code,
                          reason, first_claimed_at, updated_at)
    values ('google', ${`cv_${id}`}, '1', ${type}, 5, '2026-11-19T00:00:00Z', ${state}, 2, ${retryAt ?? null}, 'x', ${outcome ?? null},
            ${code ?? null}, ${code === undefined ? null : `because of ${code}`}, now(), now())`.execute(db);
}

const tell = (id: string, kind: string, code: string | null, reason: string | null, endedAt: string) =>
  sql`
    insert into hub_conversion_outcome (outcome_id, platform, account, event_id, conversion_type, attempt, kind, code, reason, ended_at)
    values (${id}, 'google', '1', ${`cv_${id.split(':')[0]}`}, 'google.paid', 1, ${kind}, ${code}, ${reason}, ${endedAt})`.execute(db);

beforeAll(async () => {
  database = await createTestDatabase();
  db = connect(database.url);
  for (const row of rows) await insertRow(row);
  await tell('sent1:1', 'delivered', null, null, '2026-11-20T08:00:00Z');
  await tell('sent1:0a', 'duplicate', 'ALREADY_SETTLED', 'settled', '2026-11-20T08:10:00Z');
  await tell('sent1:0b', 'duplicate', 'ALREADY_SETTLED', 'settled', '2026-11-20T08:20:00Z');
  await tell('retry:1', 'retry', 'HTTP_503', 'zzz, the first time', '2026-11-20T08:00:00Z');
  await tell('retry:2', 'retry', 'HTTP_503', 'aaa, the last time', '2026-11-20T08:30:00Z');
  await tell('again:1', 'retry', 'HTTP_503', 'mmm, between', '2026-11-20T08:15:00Z');
  await tell('rejected:1', 'rejected', 'EXPIRED', 'too old', '2026-11-20T08:05:00Z');
  await sql`
    insert into decision_count (conversion_type, reason, count) values
      ('google.paid', 'eligible', 1), ('google.paid', 'no-click', 2), ('google.paid', 'spam', 0)`.execute(db);
  await sql`
    insert into sync_run (run_id, source, status, started_at, rows_read) values
      ('s1', 'company', 'succeeded', '2026-11-20T08:00:00Z', 10), ('s2', 'company', 'held', '2026-11-20T09:00:00Z', 0),
      ('s1', 'contact', 'succeeded', '2026-11-20T08:00:00Z', 20)`.execute(db);
  await sql`
    insert into eligibility_run (run_id, started_at, finished_at, evaluated_at, considered, eligible) values
      ('e1', '2026-11-20T08:30:00Z', '2026-11-20T08:31:00Z', now(), 3, 1), ('e2', '2026-11-20T09:30:00Z', null, now(), 0, 0)`.execute(db);
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

describe('standings', () => {
  it('count each candidate in one place and sum the value of what was sent, by currency', async () => {
    const { standings } = await findStandings(db);
    const paid = {
      candidates: 11,
      published: 10,
      sent: 3,
      rejected: 1,
      waiting: 5,
      config: 1,
      held: 1,
      unclaimed: 2,
      duplicate: 2,
      nextRetryAt: new Date('2026-11-20T11:00:00Z'),
      value: { USD: '10.30', EUR: '7.00' },
    };
    expect(standings).toEqual([
      expect.objectContaining({ conversionType: 'google.mql_11', candidates: 1, sent: 1, value: {}, nextRetryAt: null }),
      { platform: 'google', conversionType: 'google.paid', ...paid },
    ]);
    for (const { candidates, sent, rejected, waiting, unclaimed } of standings)
      expect(sent + rejected + waiting + unclaimed).toBe(candidates);
  });

  it('show what the ledger holds without a candidate', async () => {
    await db.transaction().execute(async (tx) => {
      await sql`delete from conversion_candidate where event_id = 'cv_sent4'`.execute(tx);
      const { standings } = await findStandings(tx);
      expect(standings[0]).toMatchObject({ conversionType: 'google.mql_11', candidates: 0, sent: 1 });
      await sql`insert into conversion_candidate select 'cv_sent4', platform, 'google.mql_11', account, action, company, contact, click_kind, click_id,
        occurred_at, null, null, 'sent4', payload, rule_version, decided_at, published_at from conversion_candidate where event_id = 'cv_sent1'`.execute(
        tx,
      );
    });
  });

  it('tell the latest reason of each code, with its attempts and conversions, newest first', async () => {
    const { lastReasons } = await findStandings(db);
    expect(lastReasons).toEqual([
      expect.objectContaining({
        code: 'HTTP_503',
        reason: 'aaa, the last time',
        attempts: 3,
        conversions: 2,
        lastAt: new Date('2026-11-20T08:30:00Z'),
      }),
      expect.objectContaining({ code: 'EXPIRED', reason: 'too old', attempts: 1, conversions: 1 }),
    ]);
  });

  it('tell what waits for a person', async () => {
    const { stuck } = await findStandings(db);
    expect(stuck.map(({ kind, code, conversions, reason }) => ({ kind, code, conversions, reason }))).toEqual([
      { kind: 'config', code: 'UNKNOWN_ACTION', conversions: 1, reason: 'because of UNKNOWN_ACTION' },
      { kind: 'held', code: 'X1', conversions: 1, reason: 'because of X1' },
    ]);
  });

  it('count the decisions by reason', async () => {
    const { decisions } = await findStandings(db);
    expect(decisions.map(({ reason, count }) => [reason, count])).toEqual([
      ['no-click', 2],
      ['eligible', 1],
    ]);
  });

  it('tell the runs, newest first', async () => {
    const { sync, eligibility } = await findRuns(db, 2);
    expect(sync.map(({ runId, source, status }) => [runId, source, status])).toEqual([
      ['s2', 'company', 'held'],
      ['s1', 'company', 'succeeded'],
    ]);
    expect(eligibility.map(({ runId, finishedAt }) => [runId, finishedAt])).toEqual([
      ['e2', null],
      ['e1', new Date('2026-11-20T08:31:00Z')],
    ]);
  });
});

describe('the routes', () => {
  const ask = async (route: string, query: string) => {
    const routes = buildRoutes(db, { label: 'generated example company', clock: { now: () => new Date('2026-11-20T10:00:00Z') } });
    const answer = await routes[`GET ${route}`]?.({ url: new URL(`http://hub${route}${query}`), body: '' });
    return { status: answer?.status, says: typeof answer?.body === 'string' ? answer.body : JSON.stringify(answer?.body) };
  };

  it.each([
    ['the console', '/', '', 200, 'generated example company'],
    ['a life', '/life', '?of=company+5', 200, '12 conversions'],
    ['a life that is not known', '/life', '?of=cv_unknown00', 404, 'Nothing is known of'],
    ['a search that is no subject', '/life', '?of=%3Cscript%3E', 404, '&lt;script&gt;'],
    ['the standings', '/api/standings', '', 200, '"label":"generated example company"'],
    ['an event', '/api/events', '?id=cv_held', 200, 'no table of codes knows'],
    ['a company', '/api/events', '?company=5', 200, '12 conversions'],
    ['an event that is not known', '/api/events', '?id=cv_unknown00', 404, 'nothing is known of it'],
    ['no question', '/api/events', '', 400, '?id=cv_'],
    ['an id of another form', '/api/events', '?company=acme', 400, '?id=cv_'],
    ['the runs', '/api/runs', '', 200, '"runId":"e2"'],
  ])('answer %s', async (_, route, query, status, words) => {
    expect(await ask(route, query)).toEqual({ status, says: expect.stringContaining(words) });
  });
});
