import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Conversion, type Outcome, supersededCode } from '@waybill/shared/conversion';
import { connect, type Database } from '@waybill/shared/db';
import { postgresLedger } from '@waybill/shared/ledger';
import { createLogger } from '@waybill/shared/telemetry';
import { buildConversion } from '@waybill/shared/testing';
import { sql } from 'kysely';
import { createTestDatabase } from '../../../../infra/local/test-database.ts';
import { findReconciliation, findSuspects } from '../reconcile/find-reconciliation.ts';
import { evaluateAlerts, findAlerts, findFindings } from './evaluate.ts';
import { findVolumes } from './find-facts.ts';

let database: { url: string; drop(): Promise<void> };
let db: Database;
const log = createLogger('test', 'silent');

beforeAll(async () => {
  database = await createTestDatabase();
  db = connect(database.url);
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});
beforeEach(async () => {
  await sql`truncate conversion_candidate cascade`.execute(db);
  await sql`truncate delivery, delivery_attempt, read_back, hub_alert, sender_lane, company_conversion_probability, attribution_recalculation`.execute(
    db,
  );
});

const day = new Date().toISOString().slice(0, 10);
const businessNow = new Date('2026-11-20T12:00:00.000Z');
const evaluation = { businessNow, now: new Date(), scoresMaxAgeHours: 26 };
const span = { from: day, to: day, platform: null, account: null };

async function decide(...conversions: Conversion[]): Promise<void> {
  for (const conversion of conversions)
    await sql`
      insert into conversion_candidate (event_id, platform, conversion_type, account, action, company, occurred_at, occurrence_key, payload,
                                        rule_version, decided_at, published_at)
      values (${conversion.eventId}, ${conversion.platform}, ${conversion.conversionType}, ${conversion.account}, ${conversion.action},
              ${conversion.company}, ${conversion.occurredAt}, ${conversion.eventId}, ${JSON.stringify(conversion)}, 1, now(), now())`.execute(
      db,
    );
}

/** Settles each with its outcome, as a platform that may be asked about its requests. */
async function settle(pairs: [Conversion, Outcome][]): Promise<void> {
  const ledger = postgresLedger(db, 'google', 60, { afterMs: 0 });
  await ledger.claim(pairs.map(([conversion]) => conversion));
  await ledger.settle(
    pairs.map(([conversion, outcome]) => ({ conversion, attempt: 1, outcome, audit: null })),
    () => [],
  );
}
const told = (source: string, counted: number, reasons: object[] = []) =>
  sql`update read_back set counted = ${counted}, reasons = ${JSON.stringify(reasons)}::jsonb, check_at = null where source = ${source}`.execute(
    db,
  );

const delivered = (reference: string): Outcome => ({ kind: 'delivered', reference });

describe('rows that a platform lost in silence', () => {
  const conversions = Array.from({ length: 5 }, () => buildConversion());
  beforeEach(async () => {
    await decide(...conversions);
    await settle(conversions.map((conversion, index) => [conversion, delivered(index < 3 ? 'request 1' : 'request 2')]));
    await told('request 1', 2);
    await told('request 2', 2);
  });

  it('are found, with the request, and the conversions among which they are', async () => {
    const [row] = await findReconciliation(db, span);
    expect(row).toMatchObject({ eligible: 5, accepted: 5, counted: 4, unexplained: 1, sources: ['request 1'] });
    if (row === undefined) return;
    expect(await findSuspects(db, row)).toEqual(
      conversions
        .slice(0, 3)
        .map(({ eventId }) => eventId)
        .toSorted(),
    );
  });

  it('raise an alert once, and are told to be over when the platform has found them', async () => {
    const [finding] = await evaluateAlerts(db, log, evaluation);
    expect(finding).toMatchObject({ name: 'unexplained-difference', subject: `google 3625606301 987650001 ${day}` });
    expect(finding?.detail).toMatch(/1 of 5 are missing there.*request 1.*npm run reconcile/);
    await evaluateAlerts(db, log, evaluation);
    expect(await findAlerts(db, 10)).toEqual([expect.objectContaining({ name: 'unexplained-difference', resolvedAt: null })]);
    await told('request 1', 3);
    expect(await evaluateAlerts(db, log, evaluation)).toEqual([]);
    expect(await findAlerts(db, 10)).toEqual([expect.objectContaining({ resolvedAt: expect.any(Date) })]);
  });

  it('are not missed where the platform says why', async () => {
    await told('request 1', 2, [{ code: 'DENIED', reason: 'consent is denied', count: 1 }]);
    const [row] = await findReconciliation(db, span);
    expect(row).toMatchObject({ uncounted: 1, unexplained: 0 });
    expect(row?.differences).toEqual([{ stage: 'not counted', code: 'DENIED', reason: 'consent is denied', count: 1 }]);
  });
});

it('each eligible conversion is in one place, and its reason is told', async () => {
  const [unclaimed, retried, rejected, duplicate, sent] = Array.from({ length: 5 }, () => buildConversion()) as [
    ...[Conversion, Conversion, Conversion, Conversion, Conversion],
  ];
  await decide(unclaimed, retried, rejected, duplicate, sent);
  await settle([
    [retried, { kind: 'retry', code: 'HTTP_502', reason: 'down' }],
    [rejected, { kind: 'rejected', code: 'TOO_OLD', reason: 'too old' }],
    [duplicate, { kind: 'duplicate', code: 'ALREADY', reason: 'it has it' }],
    [sent, delivered('request 1')],
  ]);
  const [row] = await findReconciliation(db, span);
  expect(row).toMatchObject({ eligible: 5, unclaimed: 1, waiting: 1, rejected: 1, accepted: 2, untold: 2, unexplained: 0 });
  expect(row?.differences.map(({ stage, code }) => `${stage} ${code}`).toSorted()).toEqual(['rejected TOO_OLD', 'waiting HTTP_502']);
});

it('a correction is no conversion of its own', async () => {
  const original = buildConversion();
  const correction = { kind: 'restatement', of: original.eventId, sequence: 1, correctedAt: '2026-11-20T10:00:00.000Z' } as const;
  await decide(original);
  await settle([
    [original, delivered('request 1')],
    [
      { ...original, eventId: `${original.eventId}1`, correction },
      { kind: 'duplicate', code: supersededCode, reason: '' },
    ],
  ]);
  expect(await findReconciliation(db, span)).toEqual([expect.objectContaining({ eligible: 1, accepted: 1, strays: 0 })]);
});

it('what was sent and never was eligible is told of', async () => {
  await settle([[buildConversion(), delivered('request 1')]]);
  expect(await findFindings(db, evaluation)).toEqual([
    expect.objectContaining({ name: 'unexplained-difference', detail: expect.stringContaining('without having been eligible') }),
  ]);
});

it('volumes are counted by days that end three hours ago, back to the type’s first', async () => {
  await decide(
    buildConversion({ occurredAt: '2026-11-20T10:00:00.000Z' }),
    buildConversion({ occurredAt: '2026-11-20T08:59:59.000Z' }),
    buildConversion({ occurredAt: '2026-11-19T09:00:01.000Z' }),
    buildConversion({ occurredAt: '2026-11-17T12:00:00.000Z' }),
  );
  expect(await findVolumes(db, businessNow)).toEqual([{ conversionType: 'google.paid', perDay: [2, 0, 1] }]);
});

describe('computations of attribution', () => {
  const wait = (entity: string, dueMinutesAgo: number, attempts: number, kind = 'company') =>
    sql`
      insert into attribution_recalculation (kind, entity, step, triggered_at, triggers, due_at, attempts, problem, causes)
      values (${kind}, ${entity}, 0, now(), 1, now() - make_interval(mins => ${dueMinutesAgo}), ${attempts},
              ${attempts === 0 ? null : `problem of ${entity}`}, '[]')`.execute(db);

  it('raise no alert while they wait for their time, are due for minutes, or failed just now', async () => {
    await wait('1', -6, 0);
    await wait('2', 9, 0);
    await wait('3', 0, 4);
    expect(await findFindings(db, evaluation)).toEqual([]);
  });

  it('raise one for each kind that is late or fails, which is over when they are done', async () => {
    await wait('1', 11, 0);
    await wait('2', 25, 0);
    await wait('3', 0, 5);
    await wait('4', 0, 7);
    await wait('7', 11, 0, 'contact');
    const findings = await evaluateAlerts(db, log, { ...evaluation, now: new Date(Date.now() + 5_000) });
    expect(findings.map(({ name, subject }) => `${name} ${subject}`)).toEqual([
      ...['recalculation-late company', 'recalculation-failing company', 'recalculation-late contact'],
    ]);
    expect(findings[0]?.detail).toContain('2 companies should have been computed more than ten minutes ago, the first 25 min ago');
    expect(findings[1]?.detail).toContain('2 companies cannot be computed, such as company 4, 7 times in a row: problem of 4');
    await sql`delete from attribution_recalculation`.execute(db);
    expect(await evaluateAlerts(db, log, evaluation)).toEqual([]);
    expect((await findAlerts(db, 10)).map(({ resolvedAt }) => resolvedAt)).toEqual(Array.from({ length: 3 }, () => expect.any(Date)));
  });
});
