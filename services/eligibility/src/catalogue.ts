import { z } from 'zod';

const companyEvents = ['mql_at', 'signup_at', 'first_paid_at'] as const;

/** What is worth money, and how much; a score's value is in US dollars. */
const values = ['first-payment', 'cp1-times-arpu', 'cp1-signup-first', 'combined1-times-acv'] as const;

const conversionTypeSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z]+\.[a-z0-9_]+$/, 'must be platform.type'),
    platform: z.enum(['google', 'facebook', 'bing']),
    /** Raised whenever a row changes its meaning; travels with every candidate. */
    version: z.int().min(1),
    grain: z.enum(['company', 'contact']),
    /** `event`: fires once for an entity, at that instant. `score`: fires once for a click, at the instant the entity was scored. */
    trigger: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('event'), column: z.enum(companyEvents) }),
      z.strictObject({ kind: z.literal('score') }),
    ]),
    /** The company's employees range must lie within the bounds; null: any size. */
    employees: z.strictObject({ least: z.int().min(0), most: z.int().nullable() }).nullable(),
    value: z.enum(values).nullable(),
    /** Whether hashed identifiers travel beside the click; false for the types marked *no ecl*. */
    identifiers: z.boolean(),
  })
  .refine(({ name, platform }) => name.startsWith(`${platform}.`), { error: 'the name must begin with the platform', path: ['name'] })
  .refine(({ grain, trigger }) => grain === 'company' || trigger.kind === 'score', {
    error: 'events are known of companies only',
    path: ['trigger'],
  })
  .refine(({ trigger, value }) => trigger.kind === 'event' || value !== null, {
    error: 'a score without a value says nothing',
    path: ['value'],
  });

export type ConversionType = z.infer<typeof conversionTypeSchema>;

const elevenUp = { least: 11, most: null };
const version = 1;

const onEvent = (name: string, column: (typeof companyEvents)[number], rest: Partial<ConversionType> = {}) =>
  ['google', 'facebook', 'bing'].map((platform) => ({
    ...{ name: `${platform}.${name}`, platform, version, grain: 'company', trigger: { kind: 'event', column } },
    ...{ employees: null, value: null, identifiers: true, ...rest },
  }));

const onScore = (platform: string, name: string, rest: Pick<ConversionType, 'grain' | 'value'> & Partial<ConversionType>) => ({
  ...{ name: `${platform}.${name}`, platform, version, trigger: { kind: 'score' }, employees: null, identifiers: true },
  ...rest,
});

const rows = [
  ...onEvent('mql_11', 'mql_at', { employees: elevenUp }),
  ...onEvent('signup_11', 'signup_at', { employees: elevenUp }),
  ...onEvent('paid', 'first_paid_at', { value: 'first-payment' }),
  ...['google', 'facebook'].flatMap((platform) => [
    onScore(platform, 'cp1_11_no_ecl', { grain: 'company', value: 'cp1-times-arpu', employees: elevenUp, identifiers: false }),
    onScore(platform, 'cp1_signup_funnel_v3', { grain: 'contact', value: 'cp1-signup-first' }),
  ]),
  onScore('facebook', 'combined1_with_value', { grain: 'contact', value: 'combined1-times-acv' }),
  onScore('bing', 'combined1_all', { grain: 'contact', value: 'combined1-times-acv' }),
  onScore('bing', 'combined1_11_signup_funnel', { grain: 'contact', value: 'combined1-times-acv', employees: elevenUp }),
];

/** Checks rows of a catalogue; throws one message that names every row that does not fit. */
export function checkCatalogue(candidates: unknown[]): ConversionType[] {
  const problems: string[] = [];
  const names = new Set<string>();
  const checked = candidates.flatMap((row, index) => {
    const read = conversionTypeSchema.safeParse(row);
    const name = typeof row === 'object' && row !== null && 'name' in row ? String(row.name) : `row ${index}`;
    if (names.has(name)) problems.push(`${name}: the name stands twice`);
    names.add(name);
    if (read.success) return [read.data];
    problems.push(...read.error.issues.map((issue) => `${name}: ${issue.path.join('.')}: ${issue.message}`));
    return [];
  });
  if (problems.length > 0) throw new Error(`The catalogue of conversion types does not fit:\n  ${problems.join('\n  ')}`);
  return checked;
}

/** Every conversion type that is decided; adding one is adding a row. */
export const catalogue: ConversionType[] = checkCatalogue(rows);
