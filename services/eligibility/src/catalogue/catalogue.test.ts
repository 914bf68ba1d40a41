import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { describeCatalogue } from '../rules/describe.ts';
import { builtInCatalogue, type ConversionType, catalogue, checkCatalogue, scoreSourcesOf } from './index.ts';

const find = (name: string): ConversionType | undefined => catalogue.find((type) => type.name === name);

/** The names of the requirements' three columns, as they stand there, and the rows that they are read as. */
const required: Record<string, [name: string, types: string[]][]> = {
  google: [
    ['MQL (11+, 51+, 101+)', ['mql_11', 'mql_51', 'mql_101']],
    ['Signup (11+)', ['signup_11']],
    ['Paid', ['paid']],
    ['Lead Score 250+', ['lead_score_250']],
    ['Started Funnel', ['started_funnel']],
    ['cp1 11+ no ecl', ['cp1_11_no_ecl']],
    ['cp1 signup funnel v3', ['cp1_signup_funnel_v3']],
    ['cp3 11+ no ecl', ['cp3_11_no_ecl']],
    ['cp3 signup funnel v3', ['cp3_signup_funnel_v3']],
    ['Signup with consent test', ['signup_consent_test']],
  ],
  facebook: [
    ['MQL (11+, 51+, 51-300, Midtier)', ['mql_11', 'mql_51', 'mql_51_300', 'mql_midtier']],
    ['Signup (11+, 500+, Added 5 users)', ['signup_11', 'signup_500', 'signup_added_5_users']],
    ['Paid', ['paid']],
    ['Lead Score 250+', ['lead_score_250']],
    ['Started Funnel', ['started_funnel']],
    ['cp1 11+ no ecl', ['cp1_11_no_ecl']],
    ['cp1 signup funnel v3', ['cp1_signup_funnel_v3']],
    ['cp1 1%, 2%, 5% (11+)', ['cp1_1_percent_11', 'cp1_2_percent_11', 'cp1_5_percent_11']],
    ['cp1 ROAS ($1, $10, $100)', ['cp1_roas_1', 'cp1_roas_10', 'cp1_roas_100']],
    ['cp3 11+ no ecl', ['cp3_11_no_ecl']],
    ['cp3 signup funnel v3', ['cp3_signup_funnel_v3']],
    ['cp3 1%, 2%, 5%, 15% (11+)', ['cp3_1_percent_11', 'cp3_2_percent_11', 'cp3_5_percent_11', 'cp3_15_percent_11']],
    ['Combined1 with value', ['combined1_with_value']],
    ['Combined1 without ACV', ['combined1_without_acv']],
    ['Combined1 (signup funnel)', ['combined1_signup_funnel']],
    ['Contact Book Demo (11+)', ['contact_book_demo_11']],
    ['SU Contact Book Demo (11+)', ['su_contact_book_demo_11']],
    ['SU (11+, Added 5 users)', ['su_11_added_5_users']],
    ['SU delayed test', ['su_delayed_test']],
    ['SU without FBP', ['su_without_fbp']],
    ['SU hashed external ID', ['su_hashed_external_id']],
    ['Donate (no IP/UA) - Voyantis test', ['donate_no_ip_ua']],
    ['First Demo Booked (QA legacy/new)', ['first_demo_booked_qa_legacy', 'first_demo_booked_qa_new']],
    ['First Demo Booked', ['first_demo_booked']],
    ['First Demo Done', ['first_demo_done']],
    ['Lead Index Conversions', ['lead_index']],
  ],
  bing: [
    ['MQL (11+, 51+, 101+, Midtier)', ['mql_11', 'mql_51', 'mql_101', 'mql_midtier']],
    ['Signup (11+, 51+, 101+, 500+)', ['signup_11', 'signup_51', 'signup_101', 'signup_500']],
    ['Paid', ['paid']],
    ['Lead', ['lead']],
    ['Started Funnel', ['started_funnel']],
    ['CP1 11+ Intent Score', ['cp1_11_intent_score']],
    ['CP1 ALL Pred Paying Score', ['cp1_all_pred_paying_score']],
    ['CP3 11+ Intent Score', ['cp3_11_intent_score']],
    ['CP3 ALL Pred Paying Score', ['cp3_all_pred_paying_score']],
    ['Combined1 ALL', ['combined1_all']],
    ['Combined1 11+ (signup funnel)', ['combined1_11_signup_funnel']],
    ['Combined3 ALL', ['combined3_all']],
    ['Filled demo form 11+', ['filled_demo_form_11']],
    ['Booked demo (v1 & v2)', ['booked_demo_v1', 'booked_demo_v2']],
    ['Combined BAD conversions (CP1/CP3 ALL, 11+)', ['bad_cp1_all', 'bad_cp1_11', 'bad_cp3_all', 'bad_cp3_11']],
  ],
};
const names = Object.entries(required).flatMap(([platform, rows]) => rows.map(([name, types]) => ({ platform, name, types })));

describe('the catalogue', () => {
  it.each(names)('has $name of $platform', ({ platform, types }) => {
    expect(types.map((type) => find(`${platform}.${type}`)?.platform)).toEqual(types.map(() => platform));
  });

  it('has nothing else: 12 types for Google, 39 for Facebook, 25 for Bing', () => {
    const known = names.flatMap(({ platform, types }) => types.map((type) => `${platform}.${type}`));
    expect(builtInCatalogue.map(({ name }) => name).toSorted()).toEqual(known.toSorted());
    const count = (platform: string) => catalogue.filter((type) => type.platform === platform).length;
    expect([count('google'), count('facebook'), count('bing')]).toEqual([12, 39, 25]);
  });

  it('is what docs/conversion-types.md says; npm run rules -- describe --write mends it', () => {
    const page = join(import.meta.dirname, '../../../../docs/conversion-types.md');
    expect(readFileSync(page, 'utf8')).toBe(describeCatalogue(builtInCatalogue));
  });

  it('sends no hashed identifiers with the types marked no ECL', () => {
    const marked = builtInCatalogue.filter(({ label }) => label.endsWith('no ECL'));
    expect(marked.map(({ identifiers }) => identifiers)).toEqual([[], [], [], []]);
    expect(builtInCatalogue.filter(({ identifiers }) => identifiers.length === 0)).toEqual(marked);
  });

  it.each([
    ['google.cp1_11_no_ecl', ['company_conversion_probability']],
    ['facebook.cp1_roas_10', ['company_conversion_probability']],
    ['facebook.combined1_without_acv', ['contact_cp_score']],
    ['bing.combined1_all', ['contact_cp_score', 'contact_acv_score', 'contact_conversion_probability']],
    ['google.paid', []],
    ['facebook.lead_index', []],
  ])('%s reads %j', (name, sources) => {
    expect(scoreSourcesOf(find(name) as ConversionType)).toEqual(sources);
  });
});

describe('a bad row stops the start with a message that names it', () => {
  const row = find('google.cp1_11_no_ecl') as ConversionType;
  it.each<[string, Record<string, unknown>, string]>([
    ['an unknown platform', { platform: 'billboard' }, 'google.cp1_11_no_ecl: platform:'],
    ['a name of another platform', { platform: 'bing' }, 'google.cp1_11_no_ecl: name: must begin with the platform'],
    ['an unknown field', { windowDays: 8 }, 'google.cp1_11_no_ecl: '],
    [
      'an event that a company has not',
      { trigger: { kind: 'event', of: ['lead_score_250_at'] }, value: null },
      'a company has no lead_score_250_at',
    ],
    ['a value of another grain', { value: 'combined1' }, 'combined1 is not known of a company'],
    ['a profile field for a score', { trigger: { kind: 'score', measure: 'first-payment' } }, 'first-payment is not a score'],
    ['an event worth a score', { trigger: { kind: 'event', of: ['mql_at'] } }, 'cp1-times-arpu is a score'],
    ['bounds the wrong way round', { employees: { least: 51, most: 50 } }, 'most must not be below least'],
    ['identifiers alone without any', { withoutClick: true }, 'needs e-mail or phone'],
    ['a lookback window of nothing', { lookbackHours: 0 }, 'google.cp1_11_no_ecl: lookbackHours:'],
    [
      'corrections where the platform takes none',
      { name: 'facebook.x', platform: 'facebook', corrections: { restateAbove: 0.2, retract: true } },
      'facebook.x: corrections: Meta takes none',
    ],
  ])('%s', (_what, change, message) => {
    expect(() =>
      checkCatalogue([row, { ...row, name: 'google.other' }, { ...row, ...change, name: change.name ?? row.name }].slice(1)),
    ).toThrow(message);
  });

  it('a name that stands twice', () => {
    expect(() => checkCatalogue([row, row])).toThrow('google.cp1_11_no_ecl: the name stands twice');
  });

  it('every bad row is named at once', () => {
    const bad = [{ ...row, name: 'google.a', version: 0 }, { ...row, name: 'google.b', label: '' }, 7];
    expect(() => checkCatalogue(bad)).toThrow(/google\.a: version: [\s\S]*google\.b: label: [\s\S]*row 2: /);
  });
});
