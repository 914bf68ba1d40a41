import { z } from 'zod';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in lower-case hex');
const instant = z.iso
  .datetime({ offset: false, precision: 3, error: 'must be an instant in UTC with milliseconds' })
  .refine((at) => at >= '1970', 'must not be before 1970');
const grant = z.enum(['granted', 'denied', 'unknown']);

/** Money in the currency's own units as a decimal string, never a float. */
export const moneySchema = z.looseObject({
  amount: z.string().regex(/^-?\d{1,14}(\.\d{1,6})?$/, 'must be a decimal number of at most 14 digits and 6 places'),
  currency: z.string().regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code'),
});

export const clickSchema = z.looseObject({
  kind: z.string().regex(/^[a-z_]{2,20}$/),
  id: z.string().min(1).max(2000),
  clickedAt: instant,
});

const browserSchema = z.looseObject({
  fbp: z.string().nullable(),
  fbc: z.string().nullable(),
  ipAddress: z.string().nullable(),
  userAgent: z.string().nullable(),
  sourceUrl: z.string().nullable(),
});

/** A person by hashed identifiers only; an absent field was not known or is left out by the conversion type's rule. */
const personSchema = z.looseObject({
  email: z.array(sha256),
  phone: z.array(sha256),
  firstName: sha256.optional(),
  lastName: sha256.optional(),
  city: sha256.optional(),
  state: sha256.optional(),
  zip: sha256.optional(),
  country: sha256.optional(),
  externalId: z.string().optional(),
  /** Of one of Meta's lead forms: digits, too many for a number. */
  leadId: z
    .string()
    .regex(/^\d{1,20}$/, 'must be digits')
    .optional(),
});

const consentSchema = z.looseObject({
  adUserData: grant,
  adPersonalization: grant,
  limitedDataUse: z.looseObject({ country: z.int(), state: z.int() }).nullable(),
});

/** Says that the message is not a conversion of its own but corrects one that was sent: all else in it is the original's, but the value. */
const correctionSchema = z.looseObject({
  kind: z.enum(['restatement', 'retraction']),
  /** The event id of the original. */
  of: z.string().min(1).max(64),
  /** Counts the corrections of one original from 1; a lower one never comes after a higher one. */
  sequence: z.int32().min(1),
  correctedAt: instant,
});

/** The message on `conversions-<platform>`: frozen when eligibility writes the candidate, unchanged from there to the platform. */
export const conversionSchema = z.looseObject({
  version: z.literal(1),
  eventId: z.string().regex(/^cv_[0-9a-z]{8,61}$/, 'must start with cv_'),
  platform: z.string().regex(/^[a-z][a-z0-9-]*$/),
  conversionType: z.string().min(1).max(100),
  account: z.string().min(1).max(64),
  action: z.string().min(1).max(100),
  occurredAt: instant,
  value: moneySchema.nullable(),
  click: clickSchema.nullable(),
  browser: browserSchema,
  person: personSchema,
  consent: consentSchema,
  company: z.int().nullable(),
  contact: z.int().nullable(),
  rule: z.looseObject({ name: z.string(), version: z.int() }),
  correction: correctionSchema.optional(),
});

export type Money = z.infer<typeof moneySchema>;
export type Click = z.infer<typeof clickSchema>;
export type Conversion = z.infer<typeof conversionSchema>;
export type Correction = z.infer<typeof correctionSchema>;
export type Consent = Conversion['consent'];
