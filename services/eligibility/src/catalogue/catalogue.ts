import { type BuiltIn, builtIn, clickRuleOf } from './click-rules.ts';
import { type ConversionType, checkCatalogue, type EventColumn, identifierFields } from './conversion-type.ts';
import type { MeasureName } from './measures.ts';
import { broughtPlatforms } from './platform-folders.ts';

type Row = Partial<Omit<ConversionType, 'trigger'>> & Pick<ConversionType, 'grain'> & { trigger: object };

const size = (least: number, most: number | null = null) => ({ employees: { least, most } });
const midtier = size(51, 500);
const perCompany = (trigger: object) => ({ grain: 'company' as const, trigger });
const perContact = (trigger: object) => ({ grain: 'contact' as const, trigger });

const on = (...of: EventColumn[]) => perCompany({ kind: 'event', of });
const onContact = (...of: EventColumn[]) => perContact({ kind: 'event', of });
const onScore = (measure: MeasureName) => ({ ...perCompany({ kind: 'score', measure }), value: measure });
const onContactScore = (measure: MeasureName, ...after: EventColumn[]) => ({
  ...perContact({ kind: 'score', measure, after }),
  value: measure,
});
const onceAbove = (measure: MeasureName, atLeast: number) => perCompany({ kind: 'threshold', measure, atLeast });

const noEcl = { identifiers: [] };
/** The tests of Meta's server event of a signup differ in one field each; the external id is one of those fields. */
const withoutExternalId = { identifiers: identifierFields.filter((field) => field !== 'externalId') };
const paid = { ...on('first_paid_at'), value: 'first-payment' as const };

/** Label -> row, in the order of the requirements' three columns. */
const rowsOf: Record<BuiltIn, Record<string, Row & { name: string }>> = {
  google: {
    'MQL 11+': { name: 'mql_11', ...on('mql_at'), ...size(11) },
    'MQL 51+': { name: 'mql_51', ...on('mql_at'), ...size(51) },
    'MQL 101+': { name: 'mql_101', ...on('mql_at'), ...size(101) },
    'Signup 11+': { name: 'signup_11', ...on('signup_at'), ...size(11) },
    Paid: { name: 'paid', ...paid },
    'Lead Score 250+': { name: 'lead_score_250', ...onContact('lead_score_250_at') },
    'Started Funnel': { name: 'started_funnel', ...on('started_funnel_at') },
    'CP1 11+ no ECL': { name: 'cp1_11_no_ecl', ...onScore('cp1-times-arpu'), ...size(11), ...noEcl },
    'CP1 Signup Funnel v3': { name: 'cp1_signup_funnel_v3', ...onContactScore('cp1-signup-first') },
    'CP3 11+ no ECL': { name: 'cp3_11_no_ecl', ...onScore('cp3-times-arpu'), ...size(11), ...noEcl },
    'CP3 Signup Funnel v3': { name: 'cp3_signup_funnel_v3', ...onContactScore('cp3-signup-first') },
    'Signup with consent test': { name: 'signup_consent_test', ...onContact('signup_at'), needsGrant: true, withoutClick: true },
  },
  facebook: {
    'MQL 11+': { name: 'mql_11', ...on('mql_at'), ...size(11) },
    'MQL 51+': { name: 'mql_51', ...on('mql_at'), ...size(51) },
    'MQL 51-300': { name: 'mql_51_300', ...on('mql_at'), ...size(51, 300) },
    'MQL Midtier': { name: 'mql_midtier', ...on('mql_at'), ...midtier },
    'Signup 11+': { name: 'signup_11', ...on('signup_at'), ...size(11) },
    'Signup 500+': { name: 'signup_500', ...on('signup_at'), ...size(500) },
    'Signup Added 5 users': { name: 'signup_added_5_users', ...on('added_5_users_at') },
    Paid: { name: 'paid', ...paid, action: 'Purchase' },
    'Lead Score 250+': { name: 'lead_score_250', ...onContact('lead_score_250_at') },
    'Started Funnel': { name: 'started_funnel', ...on('started_funnel_at') },
    'CP1 11+ no ECL': { name: 'cp1_11_no_ecl', ...onScore('cp1-times-arpu'), ...size(11), ...noEcl },
    'CP1 Signup Funnel v3': { name: 'cp1_signup_funnel_v3', ...onContactScore('cp1-signup-first') },
    'CP1 1% 11+': { name: 'cp1_1_percent_11', ...onceAbove('cp1', 0.01), ...size(11) },
    'CP1 2% 11+': { name: 'cp1_2_percent_11', ...onceAbove('cp1', 0.02), ...size(11) },
    'CP1 5% 11+': { name: 'cp1_5_percent_11', ...onceAbove('cp1', 0.05), ...size(11) },
    'CP1 ROAS $1': { name: 'cp1_roas_1', ...onceAbove('cp1-times-arpu', 1), value: 'cp1-times-arpu' },
    'CP1 ROAS $10': { name: 'cp1_roas_10', ...onceAbove('cp1-times-arpu', 10), value: 'cp1-times-arpu' },
    'CP1 ROAS $100': { name: 'cp1_roas_100', ...onceAbove('cp1-times-arpu', 100), value: 'cp1-times-arpu' },
    'CP3 11+ no ECL': { name: 'cp3_11_no_ecl', ...onScore('cp3-times-arpu'), ...size(11), ...noEcl },
    'CP3 Signup Funnel v3': { name: 'cp3_signup_funnel_v3', ...onContactScore('cp3-signup-first') },
    'CP3 1% 11+': { name: 'cp3_1_percent_11', ...onceAbove('cp3', 0.01), ...size(11) },
    'CP3 2% 11+': { name: 'cp3_2_percent_11', ...onceAbove('cp3', 0.02), ...size(11) },
    'CP3 5% 11+': { name: 'cp3_5_percent_11', ...onceAbove('cp3', 0.05), ...size(11) },
    'CP3 15% 11+': { name: 'cp3_15_percent_11', ...onceAbove('cp3', 0.15), ...size(11) },
    'Combined1 with value': { name: 'combined1_with_value', ...onContactScore('combined1-times-acv') },
    'Combined1 without ACV': { name: 'combined1_without_acv', ...onContactScore('combined1') },
    'Combined1 (signup funnel)': { name: 'combined1_signup_funnel', ...onContactScore('combined1-times-acv', 'signup_at') },
    'Contact Book Demo 11+': { name: 'contact_book_demo_11', ...onContact('demo_booked_at'), ...size(11), ...withoutExternalId },
    'SU Contact Book Demo 11+': {
      name: 'su_contact_book_demo_11',
      ...onContact('signup_at', 'demo_booked_at'),
      ...size(11),
      ...withoutExternalId,
    },
    'SU 11+ Added 5 users': { name: 'su_11_added_5_users', ...on('signup_at', 'added_5_users_at'), ...size(11), ...withoutExternalId },
    'SU delayed test': {
      name: 'su_delayed_test',
      ...perContact({ kind: 'event', of: ['signup_at'], delayHours: 24 }),
      ...withoutExternalId,
    },
    'SU without FBP': { name: 'su_without_fbp', ...onContact('signup_at'), ...withoutExternalId, leaveOut: ['fbp'] },
    'SU hashed external ID': { name: 'su_hashed_external_id', ...onContact('signup_at') },
    'Donate (no IP/UA)': {
      name: 'donate_no_ip_ua',
      ...onContact('signup_at'),
      ...withoutExternalId,
      leaveOut: ['ipAddress', 'userAgent'],
      action: 'Donate',
    },
    'First Demo Booked QA legacy': { name: 'first_demo_booked_qa_legacy', ...on('demo_booked_at') },
    'First Demo Booked QA new': { name: 'first_demo_booked_qa_new', ...on('demo_booked_at') },
    'First Demo Booked': { name: 'first_demo_booked', ...on('demo_booked_at') },
    'First Demo Done': { name: 'first_demo_done', ...on('demo_done_at') },
    'Lead Index': { name: 'lead_index', ...onContact('lead_at'), value: 'lead-index' },
  },
  bing: {
    'MQL 11+': { name: 'mql_11', ...on('mql_at'), ...size(11) },
    'MQL 51+': { name: 'mql_51', ...on('mql_at'), ...size(51) },
    'MQL 101+': { name: 'mql_101', ...on('mql_at'), ...size(101) },
    'MQL Midtier': { name: 'mql_midtier', ...on('mql_at'), ...midtier },
    'Signup 11+': { name: 'signup_11', ...on('signup_at'), ...size(11) },
    'Signup 51+': { name: 'signup_51', ...on('signup_at'), ...size(51) },
    'Signup 101+': { name: 'signup_101', ...on('signup_at'), ...size(101) },
    'Signup 500+': { name: 'signup_500', ...on('signup_at'), ...size(500) },
    Paid: { name: 'paid', ...paid },
    Lead: { name: 'lead', ...onContact('lead_at') },
    'Started Funnel': { name: 'started_funnel', ...on('started_funnel_at') },
    'CP1 11+ Intent Score': { name: 'cp1_11_intent_score', ...onScore('cp1'), ...size(11) },
    'CP1 ALL Pred Paying Score': { name: 'cp1_all_pred_paying_score', ...onScore('cp1') },
    'CP3 11+ Intent Score': { name: 'cp3_11_intent_score', ...onScore('cp3'), ...size(11) },
    'CP3 ALL Pred Paying Score': { name: 'cp3_all_pred_paying_score', ...onScore('cp3') },
    'Combined1 ALL': { name: 'combined1_all', ...onContactScore('combined1-times-acv') },
    'Combined1 11+ (signup funnel)': {
      name: 'combined1_11_signup_funnel',
      ...onContactScore('combined1-times-acv', 'signup_at'),
      ...size(11),
    },
    'Combined3 ALL': { name: 'combined3_all', ...onContactScore('combined3-times-acv') },
    'Filled demo form 11+': { name: 'filled_demo_form_11', ...on('demo_form_filled_at'), ...size(11) },
    'Booked demo v1': { name: 'booked_demo_v1', ...on('demo_booked_at') },
    'Booked demo v2': { name: 'booked_demo_v2', ...on('demo_booked_at') },
    'BAD CP1 ALL': { name: 'bad_cp1_all', ...onContactScore('book-a-demo-1') },
    'BAD CP1 11+': { name: 'bad_cp1_11', ...onContactScore('book-a-demo-1'), ...size(11) },
    'BAD CP3 ALL': { name: 'bad_cp3_all', ...onContactScore('book-a-demo-3') },
    'BAD CP3 11+': { name: 'bad_cp3_11', ...onContactScore('book-a-demo-3'), ...size(11) },
  },
};

const completed = (platform: string, label: string, row: { name: string }) => ({
  ...{ platform, label, version: 1, lookbackHours: clickRuleOf(platform).lookbackHours },
  ...{ identifiers: [...identifierFields], action: platform === 'google' ? null : label },
  ...row,
  name: `${platform}.${row.name}`,
});

const rows = [
  ...builtIn.flatMap((platform) => Object.entries(rowsOf[platform]).map(([label, row]) => completed(platform, label, row))),
  // Their visits have no click id that is known here: they are matched by their people.
  ...broughtPlatforms.flatMap(({ platform, conversionTypes }) =>
    conversionTypes.map((row) => ({ withoutClick: true, ...completed(platform, row.label, row) })),
  ),
];

/** Every conversion type that is decided; adding one is adding a row, here or in the platform.json of a folder. */
export const catalogue: ConversionType[] = checkCatalogue(rows);

/** Those of the requirements, which the page docs/conversion-types.md describes. */
export const builtInCatalogue = catalogue.filter(({ platform }) => builtIn.some((name) => name === platform));
