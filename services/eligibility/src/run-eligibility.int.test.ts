import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { conversionSchema } from '@waybill/shared/conversion';
import { connect, type Database, type DB } from '@waybill/shared/db';
import { createLogger } from '@waybill/shared/telemetry';
import { type Insertable, sql } from 'kysely';
import { createTestDatabase } from '../../../infra/local/test-database.ts';
import { relayCandidates } from './candidates/relay.ts';
import { catalogue } from './catalogue/index.ts';
import { type EligibilityOptions, runEligibility } from './run-eligibility.ts';

const log = createLogger('test', 'silent');
const now = new Date('2026-11-20T12:00:00.000Z');
const hourMs = 3_600_000;
const ago = (hours: number, ms = 0): Date => new Date(now.getTime() - hours * hourMs + ms);

const actions = (platform: string) =>
  Object.fromEntries(catalogue.filter((type) => type.platform === platform).map(({ name }) => [name, `${name} action`]));
const destinations = {
  google: { accounts: { '3625606301': { actions: actions('google'), credentials: {} } } },
  facebook: { accounts: { '1459709444231724': { actions: actions('facebook'), credentials: {} } } },
  bing: { accounts: { '140000001': { actions: actions('bing'), credentials: {} } } },
};
const options: EligibilityOptions = { catalogue, destinations, scoresMaxAgeHours: 26, now };

const cpScore = {
  ...{ combined1_conversion_probability_predicted: 0.1, combined3_conversion_probability_predicted: 0.2, cp1_signup_first: 0.1 },
  ...{ cp3_signup_first: 0.1, book_a_demo_1_probability: 0.1, book_a_demo_3_probability: 0.1 },
};

interface World {
  company?: Partial<Insertable<DB['company_profile_meta_data']>>;
  contact?: Partial<Insertable<DB['contact_profile_metadata']>> | null;
  visit?: Partial<Insertable<DB['visits']>> | null;
  companyScore?: Partial<Insertable<DB['company_conversion_probability']>>;
  contactScore?: Partial<Insertable<DB['contact_conversion_probability']>>;
}

let database: { url: string; drop(): Promise<void> };
let db: Database;
let nextSession = 1;

async function visit(row: Partial<Insertable<DB['visits']>>): Promise<void> {
  const session_id = `00000000-0000-8000-8000-${String(nextSession++).padStart(12, '0')}`;
  const whole = {
    session_id,
    client_id: session_id,
    visited_at: ago(48),
    channel: 'cpc-google',
    gclid: `Cj0KCQ_of_session_${nextSession}`,
    ...row,
  };
  const { visit_id } = await db.insertInto('visits').values(whole).returning('visit_id').executeTakeFirstOrThrow();
  const interaction = { visit_id, interacted_at: whole.visited_at, channel: whole.channel };
  await db
    .insertInto('company_interactions')
    .values({ company: 1, ...interaction })
    .execute();
  await db
    .insertInto('contact_interactions')
    .values({ contact_id: 7, ...interaction })
    .execute();
}

/** One company that paid, with one contact and one click, where nothing stands against it; the world's parts change that. */
async function build(world: World): Promise<void> {
  const paid = { first_paid_at: ago(24), first_payment_value: '99.9000', first_payment_currency: 'USD' };
  const company = { company: 1, employees_range_min: 11, employees_range_max: 50, country: 'US', ...paid, ...world.company };
  await db.insertInto('company_profile_meta_data').values(company).execute();
  if (world.contact !== null)
    await db
      .insertInto('contact_profile_metadata')
      .values({ contact_id: 7, company: 1, country: 'US', ...world.contact })
      .execute();
  if (world.visit !== null) await visit(world.visit ?? {});
  if (world.companyScore !== undefined) {
    const score = { company: 1, cp1: 0.25, cp1_arpu: '80.10', cp3: 0.5, cp3_arpu: '160', scored_at: ago(2), synced_at: now };
    await db
      .insertInto('company_conversion_probability')
      .values({ ...score, ...world.companyScore })
      .execute();
  }
  if (world.contactScore !== undefined) {
    const values = {
      cp1_signup_first_value: '12.345',
      cp3_signup_first_value: '0',
      book_a_demo_1_probability_value: '0',
      book_a_demo_3_probability_value: '0',
    };
    const combined = { combined1_conversion_probability_predicted: 0.1, combined3_conversion_probability_predicted: 0.2, acv: '1000' };
    const score = { contact_id: 7, ...values, ...combined, scored_at: ago(2), merged_at: now };
    await db
      .insertInto('contact_conversion_probability')
      .values({ ...score, ...world.contactScore })
      .execute();
  }
}

async function reasonOf(type: string): Promise<string | null> {
  const row = await db.selectFrom('conversion_decision').select('reason').where('conversion_type', '=', type).executeTakeFirst();
  return row?.reason ?? null;
}

const candidates = () => db.selectFrom('conversion_candidate').selectAll().orderBy('conversion_type').orderBy('event_id').execute();

beforeAll(async () => {
  database = await createTestDatabase();
  db = connect(database.url);
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});
beforeEach(async () => {
  await sql`truncate company_profile_meta_data, contact_profile_metadata, visits, company_interactions, contact_interactions,
    company_conversion_probability, contact_conversion_probability, contact_cp_score, conversion_candidate, conversion_decision, conversion_correction, decision_count, company_score_peak,
    eligibility_progress, entity_change, sync_run, eligibility_run`.execute(db);
});

const bing = { channel: 'cpc-bing', gclid: null, msclkid: 'f894f652ea334e739002f7167ab8f8e3' };
const facebook = { channel: 'cpc-facebook', gclid: null, fbclid: 'IwAR0_case_Sensitive' };

const midtier = (least: number, most: number) => ({ mql_at: ago(24), employees_range_min: least, employees_range_max: most });
const signedUp = { signup_at: ago(24) };
const granted = { ...signedUp, consent_ad_user_data: 'granted' };

const table: [sentence: string, type: string, world: World, expected: string | null][] = [
  ['a payment after a click is eligible', 'google.paid', {}, 'eligible'],
  ['spam companies send nothing', 'google.paid', { company: { is_spam: true } }, 'spam'],
  ['companies that are not legitimate send nothing', 'google.paid', { company: { is_legitimate: false } }, 'not-legitimate'],
  ['eleven employees are enough', 'google.mql_11', { company: { mql_at: ago(24), employees_range_min: 11 } }, 'eligible'],
  ['ten are not', 'google.mql_11', { company: { mql_at: ago(24), employees_range_min: 10 } }, 'outside-employees-range'],
  ['an unknown size is not', 'google.mql_11', { company: { mql_at: ago(24), employees_range_min: null } }, 'outside-employees-range'],
  ['a payment of zero is a payment', 'google.paid', { company: { first_payment_value: '0' } }, 'eligible'],
  ['a payment without an amount is none', 'google.paid', { company: { first_payment_value: null } }, 'no-value'],
  ['a conversion of this instant is looked at', 'google.paid', { company: { first_paid_at: now } }, 'eligible'],
  ['one a millisecond ahead is not yet', 'google.paid', { company: { first_paid_at: new Date(now.getTime() + 1) } }, null],
  [
    'one just inside the eight days is looked at',
    'google.paid',
    { company: { first_paid_at: ago(192, 1) }, visit: { visited_at: ago(193) } },
    'eligible',
  ],
  ['one of exactly eight days ago is over', 'google.paid', { company: { first_paid_at: ago(192) }, visit: { visited_at: ago(193) } }, null],
  ['without a click there is nothing to send', 'google.paid', { visit: null }, 'no-click'],
  ['a click of another channel does not count', 'google.paid', { visit: bing }, 'no-click'],
  ['a visit of the channel without a click id does not count', 'google.paid', { visit: { gclid: null } }, 'no-click'],
  ['a click at the very millisecond of the conversion is too late', 'google.paid', { visit: { visited_at: ago(24) } }, 'no-click'],
  ['a click a millisecond before it counts', 'google.paid', { visit: { visited_at: ago(24, -1) } }, 'eligible'],
  ['a click exactly eight days before it counts', 'google.paid', { visit: { visited_at: ago(24 + 192) } }, 'eligible'],
  ['a millisecond older is outside the window', 'google.paid', { visit: { visited_at: ago(24 + 192, -1) } }, 'click-outside-window'],
  ['Facebook looks back seven days', 'facebook.paid', { visit: { ...facebook, visited_at: ago(24 + 168) } }, 'eligible'],
  ['and not a millisecond more', 'facebook.paid', { visit: { ...facebook, visited_at: ago(24 + 168, -1) } }, 'click-outside-window'],
  [
    'the cookie does where the address has lost the click id',
    'facebook.paid',
    { visit: { ...facebook, fbclid: null, fbc: 'fb.1.1763000000000.IwAR0_case_Sensitive' } },
    'eligible',
  ],
  [
    'a cookie that was cut off is named',
    'facebook.paid',
    { visit: { ...facebook, fbclid: null, fbc: 'fb.1.1763000000000.Iw' } },
    'malformed-click-id',
  ],
  ['a cookie of something else does not', 'facebook.paid', { visit: { ...facebook, fbclid: null, fbc: 'fb.1' } }, 'no-click'],
  ['a wbraid does where there is no gclid', 'google.paid', { visit: { gclid: null, wbraid: 'CjgKCAjw_wbraid' } }, 'eligible'],
  ['a click id that was cut off is named', 'google.paid', { visit: { gclid: 'Cj0' } }, 'malformed-click-id'],
  ['a Microsoft click id is 32 hex digits', 'bing.paid', { visit: bing }, 'eligible'],
  ['28 are not', 'bing.paid', { visit: { ...bing, msclkid: 'f894f652ea334e739002f7167ab8' } }, 'malformed-click-id'],
  ['the wrapping of the cookie is known', 'bing.paid', { visit: { ...bing, msclkid: '_uetf894f652ea334e739002f7167ab8f8e3' } }, 'eligible'],
  ['who denied consent is not sent', 'google.paid', { contact: { consent_ad_user_data: 'denied' } }, 'consent-denied'],
  ['in the EEA a grant is needed', 'google.paid', { contact: { country: 'DE' } }, 'consent-missing'],
  ['however the country is written', 'google.paid', { contact: { country: ' Germany ' } }, 'consent-missing'],
  ['United Kingdom and Switzerland are like it', 'google.paid', { contact: { country: 'uk' } }, 'consent-missing'],
  ['a grant does there', 'google.paid', { contact: { country: 'DE', consent_ad_user_data: 'granted' } }, 'eligible'],
  ['without a contact the company tells the country', 'google.paid', { company: { country: 'FR' }, contact: null }, 'consent-missing'],
  ['elsewhere an unknown consent passes', 'google.paid', { contact: { country: 'US' } }, 'eligible'],
  ['a fresh score is a conversion', 'google.cp1_11_no_ecl', { companyScore: {} }, 'eligible'],
  ['a score of just under the allowed age too', 'google.cp1_11_no_ecl', { companyScore: { scored_at: ago(26) } }, 'eligible'],
  ['an older one is held', 'google.cp1_11_no_ecl', { companyScore: { scored_at: ago(26, -1) } }, 'stale-score'],
  ['a value of nothing is not sent', 'google.cp1_11_no_ecl', { companyScore: { cp1: 0 } }, 'no-value'],
  ['a score of someone without a recent click is not considered', 'google.cp1_11_no_ecl', { companyScore: {}, visit: bing }, null],
  ['contacts have scores of their own', 'google.cp1_signup_funnel_v3', { contactScore: {} }, 'eligible'],
  ['a spam contact sends nothing', 'google.cp1_signup_funnel_v3', { contactScore: {}, contact: { is_spam: true } }, 'spam'],
  ['a payment that was refunded is none', 'google.paid', { company: { refunded_at: ago(1) } }, 'refunded'],
  ['a refund does not touch what is not the payment', 'google.mql_11', { company: { mql_at: ago(24), refunded_at: ago(1) } }, 'eligible'],
  ['fifty-one to three hundred lies in its bounds', 'facebook.mql_51_300', { company: midtier(51, 300), visit: facebook }, 'eligible'],
  ['three hundred and one does not', 'facebook.mql_51_300', { company: midtier(51, 301), visit: facebook }, 'outside-employees-range'],
  ['midtier begins at fifty-one', 'bing.mql_midtier', { company: midtier(50, 500), visit: bing }, 'outside-employees-range'],
  ['and ends at five hundred', 'bing.mql_midtier', { company: midtier(51, 500), visit: bing }, 'eligible'],
  ['five hundred and one is beyond it', 'bing.mql_midtier', { company: midtier(51, 501), visit: bing }, 'outside-employees-range'],
  ['five hundred signups are large', 'bing.signup_500', { company: { ...midtier(500, 999), signup_at: ago(24) }, visit: bing }, 'eligible'],
  ['a probability of one percent reaches it', 'facebook.cp1_1_percent_11', { companyScore: { cp1: 0.01 }, visit: facebook }, 'eligible'],
  ['a little less does not', 'facebook.cp1_1_percent_11', { companyScore: { cp1: 0.009999 }, visit: facebook }, null],
  [
    'a predicted ten dollars reach ten dollars',
    'facebook.cp1_roas_10',
    { companyScore: { cp1: 0.125, cp1_arpu: '80' }, visit: facebook },
    'eligible',
  ],
  ['a cent less does not', 'facebook.cp1_roas_10', { companyScore: { cp1: 0.124875, cp1_arpu: '80' }, visit: facebook }, null],
  ['a signup counts a day later', 'facebook.su_delayed_test', { contact: { signup_at: ago(24) }, visit: facebook }, 'eligible'],
  ['and not a millisecond sooner', 'facebook.su_delayed_test', { contact: { signup_at: ago(24, 1) }, visit: facebook }, null],
  [
    'of two events the later one counts',
    'facebook.su_contact_book_demo_11',
    { contact: { signup_at: ago(40), demo_booked_at: ago(2) }, visit: facebook },
    'eligible',
  ],
  ['and one alone does not', 'facebook.su_contact_book_demo_11', { contact: { signup_at: ago(40) }, visit: facebook }, null],
  ['the funnel begins with the signup', 'facebook.combined1_signup_funnel', { contactScore: {}, visit: facebook }, null],
  [
    'and goes on after it',
    'facebook.combined1_signup_funnel',
    { contactScore: {}, contact: { signup_at: ago(30) }, visit: facebook },
    'eligible',
  ],
  [
    'an explicit grant is what the consent test asks for',
    'google.signup_consent_test',
    { contact: { ...signedUp, consent_ad_user_data: 'granted' } },
    'eligible',
  ],
  ['an unknown consent is none, anywhere', 'google.signup_consent_test', { contact: signedUp }, 'consent-not-granted'],
  [
    'a grant and an e-mail do without a click id',
    'google.signup_consent_test',
    { contact: { ...granted, email: 'jane@example.com' }, visit: { gclid: null } },
    'eligible',
  ],
  [
    'but not without a visit of the channel',
    'google.signup_consent_test',
    { contact: { ...granted, email: 'jane@example.com' }, visit: null },
    'no-click',
  ],
  ['nor without anything to match by', 'google.signup_consent_test', { contact: granted, visit: { gclid: null } }, 'no-identifiers'],
  [
    'a corrupted phone number is nothing',
    'google.signup_consent_test',
    { contact: { ...granted, phone_number: '+12025550143', phone_is_corrupted: true }, visit: { gclid: null } },
    'no-identifiers',
  ],
  [
    'an e-mail that is none is nothing',
    'google.signup_consent_test',
    { contact: { ...granted, email: 'jane at example' }, visit: { gclid: null } },
    'no-identifiers',
  ],
  ['a denied personalization is a no', 'google.paid', { contact: { consent_ad_personalization: 'denied' } }, 'consent-denied'],
  ['combined scores go to Microsoft', 'bing.combined1_all', { contactScore: {}, visit: bing }, 'eligible'],
];

describe('eligibility decides', () => {
  it.each(table)('%s (%s)', async (_sentence, type, world, expected) => {
    await build(world);
    await runEligibility(db, log, options);
    expect(await reasonOf(type)).toBe(expected);
    expect((await candidates()).filter(({ conversion_type }) => conversion_type === type)).toHaveLength(expected === 'eligible' ? 1 : 0);
  });

  it('a held source holds exactly the types that read it, and lets them go when it is sound again', async () => {
    await build({ companyScore: {}, contactScore: {}, contact: { signup_at: ago(24) }, visit: facebook });
    await db
      .insertInto('contact_cp_score')
      .values({ ...cpScore, contact_id: 7, scored_at: ago(2), synced_at: now })
      .execute();
    const end = (source: string, status: string) =>
      sql`insert into sync_run (run_id, source, status, started_at) values (gen_random_uuid(), ${source}, ${status}, clock_timestamp())`.execute(
        db,
      );
    const reasons = async () => {
      await runEligibility(db, log, options);
      const names = ['cp1_11_no_ecl', 'combined1_without_acv', 'combined1_with_value', 'paid'];
      return Promise.all(names.map((name) => reasonOf(`facebook.${name}`)));
    };
    await end('contact_acv_score', 'held');
    expect(await reasons()).toEqual(['eligible', 'eligible', 'source-held', 'eligible']);
    await end('contact_cp_score', 'failed');
    expect(await reasons()).toEqual(['eligible', 'source-held', 'source-held', 'eligible']);
    await end('contact_acv_score', 'succeeded');
    await end('contact_cp_score', 'succeeded');
    expect(await reasons()).toEqual(['eligible', 'eligible', 'eligible', 'eligible']);
  });

  it('a first crossing counts once, whatever is clicked and scored later', async () => {
    await build({ companyScore: { cp1: 0.02, scored_at: ago(30) }, visit: null });
    await runEligibility(db, log, options);
    await visit({ ...facebook, visited_at: ago(20) });
    await db
      .updateTable('company_conversion_probability')
      .set({ cp1: 0.03, scored_at: ago(2) })
      .execute();
    await runEligibility(db, log, options);
    expect(await reasonOf('facebook.cp1_1_percent_11')).toBe('no-click');
    await db
      .updateTable('company_conversion_probability')
      .set({ cp1: 0.06, scored_at: ago(1) })
      .execute();
    await runEligibility(db, log, options);
    expect(await reasonOf('facebook.cp1_5_percent_11')).toBe('eligible');
  });

  it('a type that no account takes is decided and not sent', async () => {
    await build({});
    await runEligibility(db, log, { ...options, destinations: {} });
    expect(await reasonOf('google.paid')).toBe('no-destination');
  });
});

describe('a candidate', () => {
  it('is frozen with the last eligible click, the value and hashed identifiers', async () => {
    await build({
      contact: { email: 'John.Smith+news@gmail.com', phone_number: '+1 202 555 0143', country: 'US', state: 'CA' },
      companyScore: {},
    });
    await visit({ visited_at: ago(30), gclid: 'Cj0KCQ_the_last_one' });
    await visit({ visited_at: ago(29), gclid: 'cut' });
    await runEligibility(db, log, options);
    const built = (await candidates()).map(({ payload }) => conversionSchema.parse(payload));
    const [cp1, paid] = ['google.cp1_11_no_ecl', 'google.paid'].map((name) => built.find(({ conversionType }) => conversionType === name));
    expect(paid).toMatchObject({
      conversionType: 'google.paid',
      action: 'google.paid action',
      occurredAt: '2026-11-19T12:00:00.000Z',
      value: { amount: '99.90', currency: 'USD' },
      click: { kind: 'gclid', id: 'Cj0KCQ_the_last_one', clickedAt: '2026-11-19T06:00:00.000Z' },
      consent: { adUserData: 'unknown', limitedDataUse: { country: 1, state: 1000 } },
      company: 1,
    });
    expect(paid?.person.email).toHaveLength(1);
    expect(paid?.person.phone).toHaveLength(1);
    expect(cp1).toMatchObject({
      conversionType: 'google.cp1_11_no_ecl',
      value: { amount: '20.03', currency: 'USD' },
      person: { email: [], phone: [] },
    });
  });

  it('is written once, however often and by however many at once it is decided', async () => {
    await build({ companyScore: {}, contactScore: {} });
    await Promise.all([runEligibility(db, log, options), runEligibility(db, log, options)]);
    const first = await candidates();
    const again = await runEligibility(db, log, options);
    expect(first.length).toBeGreaterThan(2);
    expect(await candidates()).toEqual(first);
    expect(again).toMatchObject({ isFull: false, candidates: 0 });
    await sql`truncate eligibility_progress`.execute(db);
    expect(await runEligibility(db, log, options)).toMatchObject({ isFull: true, candidates: 0 });
    expect(await candidates()).toEqual(first);
  });

  it('of an event stays the same when an earlier-unknown click turns up', async () => {
    await build({});
    await runEligibility(db, log, options);
    await visit({ visited_at: ago(25) });
    await runEligibility(db, log, options);
    expect((await candidates()).map(({ conversion_type }) => conversion_type)).toEqual(['google.paid']);
  });

  it('reaches its topic at least once, and once where nothing dies', async () => {
    await build({});
    await runEligibility(db, log, options);
    const published: string[] = [];
    const dying = { publish: async () => Promise.reject(new Error('the process dies here')) };
    await expect(relayCandidates(db, dying, 10)).rejects.toThrow('dies here');
    const publisher = {
      publish: async (topic: string, messages: { payload: string }[]) => {
        published.push(...messages.map(({ payload }) => `${topic} ${conversionSchema.parse(JSON.parse(payload)).eventId}`));
        return messages.map(() => '1');
      },
    };
    expect(await relayCandidates(db, publisher, 10)).toBe(1);
    expect(await relayCandidates(db, publisher, 10)).toBe(0);
    const [candidate] = await candidates();
    expect(published).toEqual([`conversions-google ${candidate?.event_id}`]);
  });
});

it('a decision that is lost on its way is noticed, and alerts', async () => {
  await build({ companyScore: {}, company: { mql_at: ago(20) } });
  await sql`create function lose() returns trigger language plpgsql as $$ begin return null; end $$`.execute(db);
  await sql`
    create trigger lose before insert on conversion_decision for each row when (new.conversion_type = 'google.paid') execute function lose()`.execute(
    db,
  );
  const alerts: object[] = [];
  const listening = Object.create(log, { error: { value: (alert: object) => alerts.push(alert) } });
  try {
    await runEligibility(db, listening, options);
  } finally {
    await sql`drop function lose cascade`.execute(db);
  }
  const detail = expect.stringMatching(/^\d+ were considered and \d+ decided, from company 1/);
  expect(alerts).toMatchObject([{ alert: { name: 'decisions-do-not-add-up', detail } }]);
});

it('candidates are the sum of reasons', async () => {
  await build({ companyScore: {}, contactScore: {}, company: { mql_at: ago(20), signup_at: ago(20) } });
  const report = await runEligibility(db, log, options);
  const sumOf = (counts: Iterable<number>) => [...counts].reduce((sum, count) => sum + count, 0);
  const decided = await db.selectFrom('conversion_decision').selectAll().execute();
  const counted = await db.selectFrom('decision_count').selectAll().execute();
  expect(sumOf(Object.values(report.reasons))).toBe(report.considered);
  expect(decided).toHaveLength(report.considered);
  expect(sumOf(counted.map(({ count }) => count))).toBe(report.considered);
});

describe('corrections', () => {
  const correcting = (name: string) => ({
    ...options,
    catalogue: catalogue.map((type) => (type.name === name ? { ...type, corrections: { restateAbove: 0.2, retract: true } } : type)),
  });
  const corrections = () => db.selectFrom('conversion_correction').selectAll().orderBy('sequence').execute();
  const rescore = (cp1: number, scored_at: Date) => db.updateTable('company_conversion_probability').set({ cp1, scored_at }).execute();
  const cp1 = 'google.cp1_11_no_ecl';

  it('are off by default', async () => {
    await build({ companyScore: { cp1: 0.25, cp1_arpu: '100' } });
    await runEligibility(db, log, options);
    await rescore(0.9, ago(1));
    await db.updateTable('company_profile_meta_data').set({ is_spam: true }).execute();
    expect(await runEligibility(db, log, options)).toMatchObject({ corrections: 0 });
    expect(await corrections()).toEqual([]);
  });

  it('restate a value that moved by more than the share since it was last told, and only then', async () => {
    await build({ companyScore: { cp1: 0.25, cp1_arpu: '100', scored_at: ago(6) } });
    await runEligibility(db, log, correcting(cp1));
    const [original] = (await candidates()).filter(({ conversion_type }) => conversion_type === cp1);
    await rescore(0.3, ago(5));
    expect(await runEligibility(db, log, correcting(cp1))).toMatchObject({ corrections: 0 });
    await rescore(0.3001, ago(4));
    expect(await runEligibility(db, log, correcting(cp1))).toMatchObject({ corrections: 1, candidates: 0 });
    await sql`truncate eligibility_progress`.execute(db);
    expect(await runEligibility(db, log, correcting(cp1))).toMatchObject({ isFull: true, corrections: 0 });
    await rescore(0.2, ago(3));
    await runEligibility(db, log, correcting(cp1));
    const [first, second] = await corrections();
    const { value, eventId, correction, ...rest } = conversionSchema.parse(second?.payload);
    const { value: _value, eventId: of, ...frozen } = conversionSchema.parse(original?.payload);
    expect(rest).toEqual(frozen);
    expect({ value, correction }).toEqual({
      value: { amount: '20.00', currency: 'USD' },
      correction: { kind: 'restatement', of, sequence: 2, correctedAt: now.toISOString() },
    });
    expect(new Set([eventId, of, first?.correction_id]).size).toBe(3);
    expect((await candidates()).filter(({ conversion_type }) => conversion_type === cp1)).toEqual([original]);
  });

  it('retract once what turned out to be spam, and say nothing after it', async () => {
    await build({ companyScore: { cp1: 0.25, cp1_arpu: '100', scored_at: ago(6) } });
    await runEligibility(db, log, correcting(cp1));
    await db.updateTable('company_profile_meta_data').set({ is_spam: true }).execute();
    expect(await runEligibility(db, log, correcting(cp1))).toMatchObject({ corrections: 1 });
    await db.updateTable('company_profile_meta_data').set({ is_spam: false }).execute();
    await rescore(0.9, ago(1));
    expect(await runEligibility(db, log, correcting(cp1))).toMatchObject({ corrections: 0 });
    expect(await corrections()).toMatchObject([{ kind: 'retraction', reason: 'spam', value: null, sequence: 1 }]);
  });

  it('retract a payment that was refunded, and no other conversion of the company', async () => {
    await build({ company: { mql_at: ago(20) } });
    await runEligibility(db, log, correcting('google.paid'));
    await db
      .updateTable('company_profile_meta_data')
      .set({ refunded_at: ago(1) })
      .execute();
    await runEligibility(db, log, correcting('google.paid'));
    expect(await corrections()).toMatchObject([{ kind: 'retraction', reason: 'refunded' }]);
    expect(await reasonOf('google.mql_11')).toBe('eligible');
  });

  it('are published after the candidates, on the same topic', async () => {
    await build({});
    await runEligibility(db, log, correcting('google.paid'));
    await db
      .updateTable('company_profile_meta_data')
      .set({ refunded_at: ago(1) })
      .execute();
    await runEligibility(db, log, correcting('google.paid'));
    const published: string[] = [];
    const publisher = {
      publish: async (topic: string, messages: { payload: string }[]) => {
        published.push(
          ...messages.map(({ payload }) => `${topic} ${conversionSchema.parse(JSON.parse(payload)).correction?.kind ?? 'conversion'}`),
        );
        return messages.map(() => '1');
      },
    };
    await relayCandidates(db, publisher, 10);
    expect(published).toEqual(['conversions-google conversion', 'conversions-google retraction']);
    expect(await relayCandidates(db, publisher, 10)).toBe(0);
  });
});
