import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { connect, type Database } from '@waybill/shared/db';
import { createTestDatabase } from '../../../../infra/local/test-database.ts';
import { type ConversionType, catalogue } from '../catalogue/index.ts';
import { toRules } from '../decide/rule.ts';
import { evaluateCatalogues } from './evaluate.ts';
import { createDifference, createPreview } from './tally.ts';

const now = new Date('2026-11-20T12:00:00.000Z');
const daysAgo = (days: number): Date => new Date(now.getTime() - days * 86_400_000);
const type = catalogue.find(({ name }) => name === 'google.mql_11') as ConversionType;
const destinations = { google: { accounts: { '1': { actions: { 'google.mql_11': '987' }, credentials: {} } } } };
const rulesOf = (types: ConversionType[]) => toRules(types, destinations, new Set());

let database: { url: string; drop(): Promise<void> };
let db: Database;

async function addCompany(company: number, least: number, mqlAt: Date): Promise<void> {
  const session_id = `00000000-0000-8000-8000-${String(company).padStart(12, '0')}`;
  const visited_at = new Date(mqlAt.getTime() - 3_600_000);
  const profile = { company, employees_range_min: least, employees_range_max: least + 39, country: 'US', mql_at: mqlAt };
  await db.insertInto('company_profile_meta_data').values(profile).execute();
  const visit = {
    session_id,
    client_id: session_id,
    visited_at,
    channel: 'cpc-google',
    campaign: 'brand',
    gclid: `Cj0KCQ_of_company_${company}`,
  };
  const { visit_id } = await db.insertInto('visits').values(visit).returning('visit_id').executeTakeFirstOrThrow();
  await db.insertInto('company_interactions').values({ company, visit_id, interacted_at: visited_at, channel: 'cpc-google' }).execute();
}

beforeAll(async () => {
  database = await createTestDatabase();
  db = connect(database.url);
  await addCompany(1, 11, daysAgo(2));
  await addCompany(2, 51, daysAgo(2));
  await addCompany(3, 11, daysAgo(20));
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

it('a changed catalogue is evaluated over as many days as asked for, and nothing is written', async () => {
  const changed = { ...type, employees: { least: 51, most: null } };
  const gathered = createDifference();
  const options = { view: { now, backHours: 30 * 24 }, scoresMaxAgeHours: 26 };
  await evaluateCatalogues(db, [rulesOf([type]), rulesOf([changed])], options, ([before = [], after = []]) =>
    gathered.addPage(before, after),
  );
  expect(gathered.difference()).toMatchObject({
    coming: [],
    going: [{ conversionType: 'google.mql_11', campaign: 'brand', conversions: 2, reasons: { 'outside-employees-range': 2 } }],
  });
  for (const table of ['conversion_candidate', 'conversion_decision', 'eligibility_run', 'eligibility_progress'] as const)
    expect(await db.selectFrom(table).selectAll().execute()).toEqual([]);
});

it("a preview looks back as far as the type's own window", async () => {
  const gathered = createPreview(['google.mql_11']);
  await evaluateCatalogues(db, [rulesOf([type])], { view: { now, backHours: null }, scoresMaxAgeHours: 26 }, ([page = []]) =>
    gathered.addPage(page),
  );
  expect(gathered.preview()).toMatchObject([{ considered: 2, eligible: 2, fresh: 2 }]);
});
