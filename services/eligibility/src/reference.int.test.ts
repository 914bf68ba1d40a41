import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect, type Database } from '@waybill/shared/db';
import { createLogger } from '@waybill/shared/telemetry';
import fc from 'fast-check';
import { sql } from 'kysely';
import { createTestDatabase } from '../../../infra/local/test-database.ts';
import { catalogue } from './catalogue/index.ts';
import { runEligibility } from './run-eligibility.ts';
import { type Company, type Contact, decideByReference, noteReached, type Visit, type World } from './testing/reference.ts';

const log = createLogger('test', 'silent');
const start = new Date('2026-11-20T12:00:00.000Z');
const hourMs = 3_600_000;
const scoresMaxAgeHours = 26;

/** Types of every kind of trigger, value and filter that the catalogue has. */
const types = catalogue.filter(({ name }) =>
  [
    ...[
      'google.mql_11',
      'google.paid',
      'google.cp1_11_no_ecl',
      'google.cp1_signup_funnel_v3',
      'google.signup_consent_test',
      'google.lead_score_250',
    ],
    ...[
      'facebook.mql_51_300',
      'facebook.cp1_1_percent_11',
      'facebook.cp1_roas_10',
      'facebook.combined1_without_acv',
      'facebook.su_delayed_test',
    ],
    ...['facebook.su_contact_book_demo_11', 'facebook.lead_index', 'bing.mql_midtier', 'bing.cp1_all_pred_paying_score', 'bing.lead'],
  ].includes(name),
);
const withoutDestination = 'bing.lead';
const actions = (platform: string) =>
  Object.fromEntries(
    types.filter((type) => type.platform === platform && type.name !== withoutDestination).map(({ name }) => [name, 'action'] as const),
  );
const destinations = Object.fromEntries(
  ['google', 'facebook', 'bing'].map((platform) => [platform, { accounts: { '1': { actions: actions(platform), credentials: {} } } }]),
);

// Instants around the edges of the windows, to the millisecond.
const instant = fc
  .tuple(
    fc.constantFrom(...[400, 216, 200, 192, 191, 168, 167, 100, 50, 27, 26, 25, 24, 10, 3, 2, 1, 0, -1, -5]),
    fc.constantFrom(-1, 0, 1),
  )
  .map(([hours, ms]) => new Date(start.getTime() - hours * hourMs + ms));
const maybeInstant = fc.option(instant, { nil: null, freq: 2 });
const rarely = fc.integer({ min: 0, max: 9 }).map((roll) => roll === 0);
const grant = fc.constantFrom('granted' as const, 'unknown' as const, 'unknown' as const, 'denied' as const);
const country = fc.constantFrom('US', 'US', 'DE', null);
const id = fc.integer({ min: 1, max: 3 });

const company: fc.Arbitrary<Company> = fc.record({
  company: id,
  is_spam: rarely,
  is_legitimate: rarely.map((isNot) => !isNot),
  employees_range_min: fc.constantFrom(1, 10, 11, 50, 51, 51, null),
  employees_range_max: fc.constantFrom(50, 300, 301, 500, 501, null),
  country,
  mql_at: maybeInstant,
  first_paid_at: maybeInstant,
  first_payment_value: fc.constantFrom('0.0000', '99.9000', null),
  first_payment_currency: fc.constantFrom('USD', 'EUR', null),
  refunded_at: rarely.map((refunded) => (refunded ? start : null)),
});
const contact: fc.Arbitrary<Contact> = fc.record({
  contact_id: id,
  company: fc.option(id, { nil: null }),
  is_spam: rarely,
  email: fc.constantFrom('jane@example.com', null),
  phone_number: fc.constantFrom('+12025550143', null),
  phone_is_corrupted: rarely,
  country,
  consent_ad_user_data: grant,
  consent_ad_personalization: grant,
  signup_at: maybeInstant,
  lead_at: maybeInstant,
  demo_booked_at: maybeInstant,
  lead_score_250_at: maybeInstant,
  lead_index: fc.constantFrom('3.5000', null),
});
const clickOf = fc.constantFrom<Partial<Visit>>(
  { channel: 'cpc-google', gclid: 'Cj0KCQ_well_formed' },
  { channel: 'cpc-google-brand', wbraid: 'CjgKCAjw_well_formed' },
  { channel: 'cpc-google', gclid: 'Cj0' },
  { channel: 'cpc-google' },
  { channel: 'cpc-facebook', fbclid: 'IwAR0_well_formed' },
  { channel: 'cpc-bing', msclkid: 'f894f652ea334e739002f7167ab8f8e3' },
  { channel: 'cpc-bing', msclkid: 'f894f652' },
  { channel: 'organic', gclid: 'Cj0KCQ_well_formed' },
);
const visit: fc.Arbitrary<Omit<Visit, 'visit_id'>> = fc
  .tuple(fc.option(id, { nil: null, freq: 8 }), fc.option(id, { nil: null, freq: 8 }), instant, clickOf)
  .map(([ofCompany, ofContact, visited_at, click]) => ({
    ...{ company: ofCompany, contact: ofContact, visited_at, channel: '', gclid: null, wbraid: null, fbclid: null, msclkid: null },
    ...click,
  }));
const cp1 = fc.constantFrom(0, 0.009999, 0.01, 0.05);
const source = fc.constantFrom('company_conversion_probability', 'contact_cp_score', 'contact_acv_score', 'contact_conversion_probability');

type Change =
  | { kind: 'company'; row: Company }
  | { kind: 'contact'; row: Contact }
  | { kind: 'visit'; row: Omit<Visit, 'visit_id'> }
  | { kind: 'company-score'; row: { company: number; cp1: number; cp1_arpu: string; scored_at: Date } }
  | { kind: 'cp-score'; row: { contact_id: number; combined1: number; scored_at: Date } }
  | { kind: 'merged-score'; row: { contact_id: number; cp1_signup_first_value: string; scored_at: Date } }
  | { kind: 'no-score'; company: number }
  | { kind: 'unlink'; contact: number }
  | { kind: 'hold'; source: string; isHeld: boolean };

const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 3, arbitrary: company.map((row): Change => ({ kind: 'company', row })) },
  { weight: 3, arbitrary: contact.map((row): Change => ({ kind: 'contact', row })) },
  { weight: 5, arbitrary: visit.map((row): Change => ({ kind: 'visit', row })) },
  {
    weight: 3,
    arbitrary: fc
      .record({ company: id, cp1, cp1_arpu: fc.constantFrom('100.0000', '1000.0000'), scored_at: instant })
      .map((row): Change => ({ kind: 'company-score', row })),
  },
  {
    weight: 2,
    arbitrary: fc.record({ contact_id: id, combined1: cp1, scored_at: instant }).map((row): Change => ({ kind: 'cp-score', row })),
  },
  {
    weight: 2,
    arbitrary: fc
      .record({ contact_id: id, cp1_signup_first_value: fc.constantFrom('0.0000', '12.3400'), scored_at: instant })
      .map((row): Change => ({ kind: 'merged-score', row })),
  },
  { weight: 1, arbitrary: id.map((gone): Change => ({ kind: 'no-score', company: gone })) },
  { weight: 1, arbitrary: id.map((gone): Change => ({ kind: 'unlink', contact: gone })) },
  { weight: 1, arbitrary: fc.record({ source, isHeld: fc.boolean() }).map((hold): Change => ({ kind: 'hold', ...hold })) },
);
const steps = fc.array(
  fc.record({ changes: fc.array(change, { maxLength: 12 }), laterMs: fc.constantFrom(0, 1, hourMs, 2 * hourMs, 24 * hourMs, 30 * hourMs) }),
  { minLength: 1, maxLength: 4 },
);

let database: { url: string; drop(): Promise<void> };
let db: Database;

async function upsert(table: string, key: string, row: object): Promise<void> {
  const names = Object.keys(row);
  const columns = sql.join(names.map((name) => sql.ref(name)));
  const set = sql.join(names.map((name) => sql`${sql.ref(name)} = excluded.${sql.ref(name)}`));
  await sql`insert into ${sql.table(table)} (${columns}) values (${sql.join(Object.values(row))})
            on conflict (${sql.ref(key)}) do update set ${set}`.execute(db);
}

async function applyVisit(world: World, row: Omit<Visit, 'visit_id'>): Promise<void> {
  const { company: ofCompany, contact: ofContact, ...rest } = row;
  const { rows } = await sql<{ visit_id: number }>`
    insert into visits (session_id, client_id, visited_at, channel, gclid, wbraid, fbclid, msclkid)
    values (gen_random_uuid(), gen_random_uuid(), ${rest.visited_at}, ${rest.channel}, ${rest.gclid}, ${rest.wbraid}, ${rest.fbclid}, ${rest.msclkid})
    returning visit_id`.execute(db);
  const visit_id = rows[0]?.visit_id as number;
  const interaction = { visit_id, interacted_at: rest.visited_at, channel: rest.channel };
  if (ofCompany !== null)
    await db
      .insertInto('company_interactions')
      .values({ company: ofCompany, ...interaction })
      .execute();
  if (ofContact !== null)
    await db
      .insertInto('contact_interactions')
      .values({ contact_id: ofContact, ...interaction })
      .execute();
  world.visits.set(visit_id, { ...row, visit_id });
}

const syncedAt = { synced_at: start };
const restOfCompany = { cp3: 0, cp3_arpu: '0', ...syncedAt };
const restOfCp = { cp1_signup_first: 0, cp3_signup_first: 0, book_a_demo_1_probability: 0, book_a_demo_3_probability: 0, ...syncedAt };
const restOfMerged = {
  ...{ combined1_conversion_probability_predicted: 0, combined3_conversion_probability_predicted: 0, acv: '0', merged_at: start },
  ...{ cp3_signup_first_value: '0', book_a_demo_1_probability_value: '0', book_a_demo_3_probability_value: '0' },
};

/** Does the same to the database and to the world of the reference. */
async function apply(world: World, one: Change): Promise<void> {
  if (one.kind === 'company') {
    await upsert('company_profile_meta_data', 'company', one.row);
    world.companies.set(one.row.company, one.row);
  } else if (one.kind === 'contact') {
    await upsert('contact_profile_metadata', 'contact_id', one.row);
    world.contacts.set(one.row.contact_id, one.row);
  } else if (one.kind === 'visit') await applyVisit(world, one.row);
  else if (one.kind === 'company-score') {
    await upsert('company_conversion_probability', 'company', { ...one.row, ...restOfCompany });
    world.companyScores.set(one.row.company, one.row);
  } else if (one.kind === 'cp-score') {
    const { combined1, ...row } = one.row;
    const scores = { combined1_conversion_probability_predicted: combined1, combined3_conversion_probability_predicted: 0, ...restOfCp };
    await upsert('contact_cp_score', 'contact_id', { ...row, ...scores });
    world.cpScores.set(row.contact_id, one.row);
  } else if (one.kind === 'merged-score') {
    await upsert('contact_conversion_probability', 'contact_id', { ...one.row, ...restOfMerged });
    world.mergedScores.set(one.row.contact_id, one.row);
  } else if (one.kind === 'no-score') {
    await db.deleteFrom('company_conversion_probability').where('company', '=', one.company).execute();
    world.companyScores.delete(one.company);
  } else if (one.kind === 'unlink') {
    await db.deleteFrom('contact_interactions').where('contact_id', '=', one.contact).execute();
    for (const found of world.visits.values()) if (found.contact === one.contact) found.contact = null;
  } else {
    await sql`insert into sync_run (run_id, source, status, started_at)
              values (gen_random_uuid(), ${one.source}, ${one.isHeld ? 'held' : 'succeeded'}, clock_timestamp())`.execute(db);
    if (one.isHeld) world.heldSources.add(one.source);
    else world.heldSources.delete(one.source);
  }
}

const emptyWorld = (): World => ({
  ...{ companies: new Map(), contacts: new Map(), visits: new Map(), companyScores: new Map(), cpScores: new Map() },
  ...{ mergedScores: new Map(), reached: new Map(), heldSources: new Set() },
});

/** `type entity` -> what was decided, as the reference says. */
function referenceDecisions(world: World, now: Date): Record<string, unknown> {
  noteReached(world, types);
  const decided = types.flatMap((type) =>
    [1, 2, 3].map((entity) => {
      const options = { now, scoresMaxAgeHours, hasDestination: type.name !== withoutDestination };
      return [`${type.name} ${entity}`, decideByReference(world, type, entity, options)] as const;
    }),
  );
  return Object.fromEntries(decided.filter(([, decision]) => decision !== null));
}

async function savedDecisions(): Promise<Record<string, unknown>> {
  const rows = await db.selectFrom('conversion_decision').selectAll().execute();
  return Object.fromEntries(
    rows.map((row) => [
      `${row.conversion_type} ${row.entity_id}`,
      { reason: row.reason, occurredAt: row.occurred_at.getTime(), visit: row.visit_id },
    ]),
  );
}

const pick = (all: Record<string, unknown>, keys: string[]) => Object.fromEntries(keys.map((key) => [key, all[key]]));
const frozen = () => db.selectFrom('conversion_candidate').select(['event_id', 'payload']).orderBy('event_id').execute();

beforeAll(async () => {
  database = await createTestDatabase();
  db = connect(database.url);
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

const empty = () =>
  sql`truncate company_profile_meta_data, contact_profile_metadata, visits, company_interactions, contact_interactions,
    company_conversion_probability, contact_conversion_probability, contact_cp_score, conversion_candidate, conversion_decision,
    conversion_correction, decision_count, company_score_peak, eligibility_progress, entity_change, sync_run, eligibility_run`.execute(db);

describe('for any world and any history of changes', () => {
  it('a run that goes on from the last one decides what a plain, slow reference does, and no candidate is lost or changed', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (history) => {
        await empty();
        const world = emptyWorld();
        let now = start;
        for (const { changes, laterMs } of history) {
          for (const one of changes) await apply(world, one);
          now = new Date(now.getTime() + laterMs);
          const written = await frozen();
          const report = await runEligibility(db, log, { catalogue: types, destinations, scoresMaxAgeHours, now });
          const expected = referenceDecisions(world, now);
          expect(pick(await savedDecisions(), Object.keys(expected))).toEqual(expected);
          const after = await frozen();
          expect(after.filter(({ event_id }) => written.some((one) => one.event_id === event_id))).toEqual(written);
          expect(after).toHaveLength(written.length + report.candidates);
        }
      }),
      { numRuns: 60 },
    );
  });
});
