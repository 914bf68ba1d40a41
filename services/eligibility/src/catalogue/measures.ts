/** Where a measure is read: a score table, which has an age and a source that sync may hold, or a profile. */
export type MeasureTable = 'company_conversion_probability' | 'contact_conversion_probability' | 'contact_cp_score' | 'profile';

export interface Measure {
  grain: 'company' | 'contact';
  table: MeasureTable;
  /** Decimals that the value keeps. */
  decimals: number;
  /** What it is, for the generated page. */
  meaning: string;
}

/** Every value that a conversion type can be worth or be triggered by. A score's money is in US dollars. */
export const measures = {
  'first-payment': { grain: 'company', table: 'profile', decimals: 4, meaning: 'the first payment, in its own currency' },
  'lead-index': { grain: 'contact', table: 'profile', decimals: 4, meaning: "the contact's lead index" },
  cp1: { grain: 'company', table: 'company_conversion_probability', decimals: 6, meaning: 'the probability of paying within a month' },
  cp3: { grain: 'company', table: 'company_conversion_probability', decimals: 6, meaning: 'the probability of paying within three months' },
  'cp1-times-arpu': {
    ...{ grain: 'company', table: 'company_conversion_probability', decimals: 2 },
    meaning: 'the probability of paying within a month × its ARPU',
  },
  'cp3-times-arpu': {
    ...{ grain: 'company', table: 'company_conversion_probability', decimals: 2 },
    meaning: 'the probability of paying within three months × its ARPU',
  },
  'cp1-signup-first': {
    ...{ grain: 'contact', table: 'contact_conversion_probability', decimals: 2 },
    meaning: 'the value of a signup by the one-month model',
  },
  'cp3-signup-first': {
    ...{ grain: 'contact', table: 'contact_conversion_probability', decimals: 2 },
    meaning: 'the value of a signup by the three-month model',
  },
  combined1: { grain: 'contact', table: 'contact_cp_score', decimals: 6, meaning: 'the combined one-month probability' },
  'combined1-times-acv': {
    ...{ grain: 'contact', table: 'contact_conversion_probability', decimals: 2 },
    meaning: 'the combined one-month probability × ACV',
  },
  'combined3-times-acv': {
    ...{ grain: 'contact', table: 'contact_conversion_probability', decimals: 2 },
    meaning: 'the combined three-month probability × ACV',
  },
  'book-a-demo-1': {
    ...{ grain: 'contact', table: 'contact_conversion_probability', decimals: 2 },
    meaning: 'the value of a booked demo by the one-month model',
  },
  'book-a-demo-3': {
    ...{ grain: 'contact', table: 'contact_conversion_probability', decimals: 2 },
    meaning: 'the value of a booked demo by the three-month model',
  },
} as const satisfies Record<string, Measure>;

export type MeasureName = keyof typeof measures;
export const measureNames = Object.keys(measures) as MeasureName[];

/** The sources of sync, and its merge, that a score table is made of; any of them held holds what is read from it. */
const sourcesOfTable: Record<MeasureTable, readonly string[]> = {
  company_conversion_probability: ['company_conversion_probability'],
  contact_conversion_probability: ['contact_cp_score', 'contact_acv_score', 'contact_conversion_probability'],
  contact_cp_score: ['contact_cp_score'],
  profile: [],
};

export const sourcesOf = (name: MeasureName): readonly string[] => sourcesOfTable[measures[name].table];
