import { describe, expect, it } from '@jest/globals';
import { checkRows, type SourceName, sources } from './sources.ts';

const scored_at = '2026-11-20T08:00:00.123456000Z';
const rows = {
  company_conversion_probability: {
    company: 42,
    cp1: 0.1,
    cp1_arpu: '120.5',
    cp3: 0.2,
    cp3_arpu: '0',
    employees_range_min: 11,
    employees_range_max: 50,
    scored_at,
  },
  contact_cp_score: {
    contact_id: 7,
    combined1_conversion_probability_predicted: 0,
    combined3_conversion_probability_predicted: 1,
    cp1_signup_first: 0.1,
    cp3_signup_first: 0.2,
    book_a_demo_1_probability: 0.3,
    book_a_demo_3_probability: 0.4,
    scored_at,
  },
  contact_acv_score: { contact_id: 7, acv: '9000.00', scored_at },
};
const latestAt = new Date('2026-11-20T09:00:00Z');
const sourceOf = (name: SourceName) => sources.find((source) => source.name === name)!;

describe('A row', () => {
  it.each(sources)('of $name that is whole is used as it is', (source) => {
    expect(checkRows(source, [rows[source.name]], latestAt)).toEqual({ usable: [rows[source.name]], bad: [] });
  });

  it.each<{ sentence: string; name: SourceName; change: object; reason: RegExp }>([
    { sentence: 'a probability above 1', name: 'company_conversion_probability', change: { cp1: 1.01 }, reason: /^cp1: / },
    { sentence: 'a negative probability', name: 'contact_cp_score', change: { cp1_signup_first: -0.1 }, reason: /^cp1_signup_first: / },
    {
      sentence: 'no probability',
      name: 'contact_cp_score',
      change: { book_a_demo_3_probability: null },
      reason: /^book_a_demo_3_probability: /,
    },
    { sentence: 'a probability that is no number', name: 'contact_cp_score', change: { cp3_signup_first: Number.NaN }, reason: /^cp3_/ },
    { sentence: 'a negative amount', name: 'contact_acv_score', change: { acv: '-1' }, reason: /^acv: must be an amount/ },
    {
      sentence: 'an amount beyond the column',
      name: 'contact_acv_score',
      change: { acv: '1000000000' },
      reason: /^acv: must be an amount/,
    },
    { sentence: 'a key of nobody', name: 'contact_acv_score', change: { contact_id: 0 }, reason: /^contact_id: / },
    {
      sentence: 'a time in the future',
      name: 'contact_acv_score',
      change: { scored_at: '2026-11-20T09:00:00.001Z' },
      reason: /^scored_at: is in the future/,
    },
    { sentence: 'no time', name: 'contact_acv_score', change: { scored_at: null }, reason: /^scored_at: / },
    {
      sentence: 'a range that ends before it begins',
      name: 'company_conversion_probability',
      change: { employees_range_min: 51 },
      reason: /^employees_range_min: must not be above/,
    },
  ])('with $sentence is put aside, and costs itself only', ({ name, change, reason }) => {
    const whole = rows[name];
    const { usable, bad } = checkRows(sourceOf(name), [whole, { ...whole, ...change }, whole], latestAt);
    expect(usable).toEqual([whole, whole]);
    expect(bad).toMatchObject([{ reason: expect.stringMatching(reason), score: { ...whole, ...change } }]);
  });

  it('of a company may have no known size', () => {
    const row = { ...rows.company_conversion_probability, employees_range_min: null, employees_range_max: null };
    expect(checkRows(sourceOf('company_conversion_probability'), [row], latestAt).usable).toEqual([row]);
  });
});
