import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect, type Database } from '@waybill/shared/db';
import { postgresLedger } from '@waybill/shared/ledger';
import { buildConversion } from '@waybill/shared/testing';
import { createTestDatabase } from '../../../infra/local/test-database.ts';
import { findLife } from './life.ts';
import { renderConsole } from './page/render-console.ts';
import { renderLife } from './page/render-life.ts';
import { replayCandidates } from './replay-candidates.ts';
import { findLastRuns } from './runs.ts';
import { saveOutcomes } from './save-outcomes.ts';
import { findStandings } from './standings.ts';

let database: { url: string; drop(): Promise<void> };
let db: Database;
const conversions = [1, 2, 3].map((company) => buildConversion({ company, occurredAt: `2026-11-1${company}T00:00:00.000Z` }));

const outcome = (index: number, kind: 'delivered' | 'rejected' | 'duplicate', outcomeId: string) => ({
  version: 1 as const,
  outcomeId,
  platform: 'google',
  account: '3625606301',
  eventId: conversions[index]?.eventId ?? '',
  conversionType: 'google.paid',
  attempt: 1,
  kind,
  code: kind === 'delivered' ? null : 'UNPARSEABLE',
  reason: kind === 'delivered' ? null : 'the id <b>is</b> cut off',
  reference: null,
  endedAt: '2026-11-20T10:00:00.000Z',
});

beforeAll(async () => {
  database = await createTestDatabase();
  db = connect(database.url);
  await db
    .insertInto('conversion_candidate')
    .values(
      conversions.map((conversion) => ({
        event_id: conversion.eventId,
        platform: 'google',
        conversion_type: 'google.paid',
        account: conversion.account,
        action: conversion.action,
        company: conversion.company,
        occurred_at: conversion.occurredAt,
        value: '10.00',
        currency: 'USD',
        occurrence_key: `company:${conversion.company}`,
        payload: JSON.stringify(conversion),
        rule_version: 1,
        decided_at: '2026-11-20T00:00:00Z',
      })),
    )
    .execute();
  const ledger = postgresLedger(db, 'google', 60);
  await ledger.claim(conversions);
  const ending = (index: number, kind: 'delivered' | 'rejected') => ({
    conversion: conversions[index] as (typeof conversions)[number],
    attempt: 1,
    audit: null,
    outcome: kind === 'delivered' ? ({ kind, reference: 'r1' } as const) : ({ kind, code: 'UNPARSEABLE', reason: 'cut off' } as const),
  });
  await ledger.settle([ending(0, 'delivered'), ending(1, 'rejected')], () => []);
  const told = [outcome(0, 'delivered', 'a'), outcome(1, 'rejected', 'b'), outcome(0, 'duplicate', 'c')];
  await saveOutcomes(db, told);
  await saveOutcomes(db, told);
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

describe('the hub', () => {
  it('counts each candidate in one place, and an outcome that was told twice once', async () => {
    const { standings, lastReasons } = await findStandings(db);
    const expected = { candidates: 3, sent: 1, rejected: 1, waiting: 1, duplicate: 1, value: { USD: '10.00' } };
    expect(standings).toEqual([expect.objectContaining(expected)]);
    expect(lastReasons).toEqual([expect.objectContaining({ code: 'UNPARSEABLE', conversions: 1, attempts: 1 })]);
  });

  const now = new Date('2026-11-20T12:00:00Z');
  const recalculations = { waiting: 0, due: 0, overdue: 0, oldestDueAt: null, failing: 0, failures: [], today: [] };
  const watch = { alerts: [], lanes: [], reconciliation: [], attribution: { recalculations, unresolved: [] } };
  const frame = { label: 'generated <company>', search: '', now, businessNow: now };

  it('shows it as a page in which nothing foreign is markup, with the label', async () => {
    const page = renderConsole(await findStandings(db), await findLastRuns(db), watch, frame);
    expect(page).toContain('the id &lt;b&gt;is&lt;/b&gt; cut off');
    expect(page).toContain('generated &lt;company&gt;');
    expect(page).not.toContain('<b>is</b>');
    expect(renderLife(null, { ...frame, search: '"><script>' })).not.toContain('"><script>');
  });

  it('says what to do while there is nothing', async () => {
    const page = renderConsole({ standings: [], stuck: [], lastReasons: [], decisions: [] }, { sync: [], eligibility: [] }, watch, frame);
    expect(page).toContain('Nothing has been decided yet');
  });

  it('tells the life of an event and of a company, and that an event is unknown', async () => {
    const event = await findLife(db, { kind: 'event', id: conversions[1]?.eventId ?? '' }, now);
    const told = JSON.stringify(event);
    expect(told).toContain('rejected');
    expect(told).toContain('UNPARSEABLE');
    expect(JSON.stringify(await findLife(db, { kind: 'company', id: 1 }, now))).toContain(conversions[0]?.eventId);
    expect(await findLife(db, { kind: 'event', id: 'cv_unknown000' }, now)).toBeNull();
  });

  it('replays a half-open range, oldest first, byte for byte what was frozen', async () => {
    const published: string[] = [];
    const publish = async (topic: string, messages: { payload: string }[]) => {
      published.push(...messages.map(({ payload }) => `${topic} ${JSON.parse(payload).eventId}`));
      return [];
    };
    const range = {
      platform: 'google',
      from: new Date('2026-11-11T00:00:00Z'),
      to: new Date('2026-11-13T00:00:00Z'),
      conversionType: null,
    };
    expect(await replayCandidates(db, { publish }, range, () => undefined)).toBe(2);
    expect(published).toEqual(conversions.slice(0, 2).map(({ eventId }) => `conversions-google ${eventId}`));
    expect(await replayCandidates(db, null, { ...range, conversionType: 'google.mql_11' }, () => undefined)).toBe(0);
  });
});
