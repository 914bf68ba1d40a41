import { z } from 'zod';
import { platforms } from './click-rules.ts';
import { type MeasureName, measureNames, measures, sourcesOf } from './measures.ts';

export const companyEvents = [
  ...(['mql_at', 'signup_at', 'started_funnel_at', 'added_5_users_at', 'demo_form_filled_at', 'demo_booked_at', 'demo_done_at'] as const),
  'first_paid_at',
] as const;
export const contactEvents = ['signup_at', 'lead_at', 'demo_booked_at', 'lead_score_250_at'] as const;
export type EventColumn = (typeof companyEvents)[number] | (typeof contactEvents)[number];

/** What a person is matched by; an owner's folder in identifiers/ takes of them what it knows. */
export const identifierFields = [
  ...(['email', 'phone', 'firstName', 'lastName', 'city', 'state', 'zip', 'country', 'externalId'] as const),
] as const;
export const browserFields = ['fbp', 'fbc', 'ipAddress', 'userAgent', 'sourceUrl'] as const;

const eventColumn = z.enum([...new Set([...companyEvents, ...contactEvents])]);
const measure = z.enum(measureNames as [MeasureName, ...MeasureName[]]);

const rowSchema = z.strictObject({
  name: z.string().regex(/^[a-z]+\.[a-z0-9_]+$/, 'must be platform.type'),
  platform: z.string().refine((name) => platforms.includes(name), 'is no platform'),
  /** Raised whenever the row changes its meaning; travels with every candidate. */
  version: z.int().min(1),
  /** As the marketers call it. */
  label: z.string().min(1),
  grain: z.enum(['company', 'contact']),
  trigger: z.discriminatedUnion('kind', [
    /** Fires once for an entity, when the last of the events has happened, `delayHours` after it. */
    z.strictObject({ kind: z.literal('event'), of: z.array(eventColumn).min(1), delayHours: z.int().min(0).default(0) }),
    /** Fires once for each click, at the instant the entity was scored, for those to whom the events have happened. */
    z.strictObject({ kind: z.literal('score'), measure, after: z.array(eventColumn).default([]) }),
    /** Fires once for an entity, at the first score that reaches the bound. */
    z.strictObject({ kind: z.literal('threshold'), measure, atLeast: z.number().positive() }),
  ]),
  /** The company's employees range must lie within the bounds; null: any size, known or not. */
  employees: z
    .strictObject({ least: z.int().min(0), most: z.int().nullable() })
    .nullable()
    .default(null),
  value: measure.nullable().default(null),
  /** How old a click may be when the conversion happens, and how old the conversion when it is first looked at. */
  lookbackHours: z
    .int()
    .min(1)
    .max(90 * 24),
  /** The hashed identifiers that travel beside the click; none for the types marked *no ecl*. */
  identifiers: z.array(z.enum(identifierFields)),
  /** Fields of the visit's browser that are not sent. */
  leaveOut: z.array(z.enum(browserFields)).default([]),
  /** Whether identifiers alone do, where the visit of the channel has no click id that can be used. */
  withoutClick: z.boolean().default(false),
  /** Whether only people who granted the use of their data for ads are sent, wherever they live. */
  needsGrant: z.boolean().default(false),
  /** The event or goal name on the account, unless DESTINATIONS_FILE has another; null: only that file knows, as for Google's numeric actions. */
  action: z.string().min(1).nullable(),
  /** The account it goes to; null: the one that lists it in DESTINATIONS_FILE. */
  account: z.string().min(1).nullable().default(null),
  /** Off where null. A changed value is restated when it moves by more than this share; spam and refunds are retracted. */
  corrections: z.strictObject({ restateAbove: z.number().positive().nullable(), retract: z.boolean() }).nullable().default(null),
});

export type ConversionType = z.infer<typeof rowSchema>;

type Problem = [path: string, message: string];

function* contradictions(type: ConversionType): Generator<Problem> {
  const { name, platform, grain, trigger, value } = type;
  if (!name.startsWith(`${platform}.`)) yield ['name', 'must begin with the platform'];
  const events: readonly string[] = grain === 'company' ? companyEvents : contactEvents;
  const named = trigger.kind === 'event' ? trigger.of : trigger.kind === 'score' ? trigger.after : [];
  for (const column of named) if (!events.includes(column)) yield ['trigger', `a ${grain} has no ${column}`];
  const used = [value, trigger.kind === 'event' ? null : trigger.measure].filter((of) => of !== null);
  for (const of of used) if (measures[of].grain !== grain) yield ['value', `${of} is not known of a ${grain}`];
  if (trigger.kind !== 'event' && measures[trigger.measure].table === 'profile') yield ['trigger', `${trigger.measure} is not a score`];
  if (trigger.kind === 'threshold' && grain !== 'company') yield ['trigger', 'thresholds are kept for scores of companies only'];
  if (trigger.kind === 'event' && value !== null && measures[value].table !== 'profile')
    yield ['value', `${value} is a score; an event is worth what the profile says`];
  if (type.employees !== null && type.employees.most !== null && type.employees.most < type.employees.least)
    yield ['employees', 'most must not be below least'];
  if (type.withoutClick && !type.identifiers.some((field) => field === 'email' || field === 'phone'))
    yield ['withoutClick', 'needs e-mail or phone among the identifiers'];
  if (type.corrections !== null && platform === 'facebook') yield ['corrections', 'Meta takes none'];
  if (type.corrections !== null && type.corrections.restateAbove !== null && value === null)
    yield ['corrections', 'a type without a value has nothing to restate'];
}

const conversionTypeSchema = rowSchema.superRefine((type, context) => {
  for (const [path, message] of contradictions(type)) context.addIssue({ code: 'custom', path: [path], message });
});

/** Checks rows of a catalogue; throws one message that names every row that does not fit. */
export function checkCatalogue(rows: unknown[]): ConversionType[] {
  const problems: string[] = [];
  const names = new Set<string>();
  const checked = rows.flatMap((row, index) => {
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

/** The sources of sync that a type reads: one of them held holds the type. */
export const scoreSourcesOf = ({ trigger, value }: ConversionType): string[] => [
  ...new Set([...(trigger.kind === 'event' ? [] : sourcesOf(trigger.measure)), ...(value === null ? [] : sourcesOf(value))]),
];
