import { z } from 'zod';
import { hashIdentifier } from '../conversion/index.ts';
import { instant } from './instant.ts';

const emptyUuid = '00000000-0000-0000-0000-000000000000';
const uuid = z.uuid({ error: 'must be a UUID' }).refine((id) => id !== emptyUuid, 'must not be the empty UUID');
const text = z.string().max(2000).nullable();
const known = text.default(null);
const entity = z.int().min(1, 'must be a positive whole number');

/** What tells where somebody came from. */
const marks = { landingUrl: text, referrer: text, utmSource: text, utmMedium: text, utmCampaign: text };
const clicks = { gclid: text, wbraid: text, gbraid: text, fbclid: text, fbp: text, fbc: text, msclkid: text };
const browser = { ipAddress: text, userAgent: text };
const nullByDefault = <T extends Record<string, typeof text>>(fields: T) =>
  Object.fromEntries(Object.keys(fields).map((name) => [name, known])) as { [K in keyof T]: typeof known };

/** A website session as the tracker saw it; attribution turns it into a visit and links it to companies and contacts. */
export const sessionStartedSchema = z.looseObject({
  version: z.literal(1),
  kind: z.literal('session-started'),
  sessionId: uuid,
  clientId: uuid,
  startedAt: instant,
  ...marks,
  ...clicks,
  ...browser,
  /** Companies and contacts that the tracker or CRM already knows this session to belong to. */
  companies: z.array(entity),
  contacts: z.array(entity),
});

const hashedEmail = /^sha256:[0-9a-f]{64}(@[a-z0-9.-]+)?$/;
/** An address; or, where only that is known, `sha256:` with the SHA-256 in hex of the address in lower case, and its domain after an @. */
const email = z.union([z.email(), z.string().regex(hashedEmail)], {
  error: 'must be an e-mail address, or sha256: with the SHA-256 of one in lower-case hex',
});

interface Person {
  email: string;
  emailSha256?: string | null | undefined;
}

/** Two addresses under one hash would be taken for one person. */
const isHashOfEmail = ({ email: address, emailSha256 }: Person): boolean =>
  emailSha256 === undefined ||
  emailSha256 === null ||
  hashedEmail.test(address) ||
  hashIdentifier(address.trim().toLowerCase()) === emailSha256;
const hashProblem = { path: ['emailSha256'], error: 'is not the SHA-256 of the e-mail address in lower case' };

const person = {
  email,
  emailSha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in lower-case hex')
    .nullish(),
  company: entity.nullable().default(null),
  contact: entity.nullable().default(null),
};
const origin = { ...nullByDefault(marks), ...nullByDefault(clicks), ...nullByDefault(browser) };

/** A form that somebody sent with an e-mail address. Without a session it is a visit of its own, from where its marks say. */
export const leadCapturedSchema = z
  .looseObject({
    version: z.literal(1),
    kind: z.literal('lead-captured'),
    leadId: uuid,
    clientId: uuid,
    sessionId: uuid.nullable(),
    occurredAt: instant,
    form: z.string().min(1).max(200),
    ...person,
    ...origin,
  })
  .refine(isHashOfEmail, hashProblem);

const signup = {
  version: z.literal(1),
  kind: z.literal('signup-completed'),
  signupId: uuid,
  clientId: uuid,
  occurredAt: instant,
  ...person,
};

/** An account that somebody opened on the website. */
const webSignupSchema = z
  .looseObject({ ...signup, surface: z.literal('web'), sessionId: uuid.nullable(), ...origin })
  .refine(isHashOfEmail, hashProblem);

/** An account that somebody opened in the app; the client is the app's installation, and its marks are those of the install. */
const mobileSignupSchema = z
  .looseObject({
    ...signup,
    surface: z.literal('mobile'),
    app: z.looseObject({
      os: z.enum(['ios', 'android'], { error: 'must be ios or android' }),
      version: z.string().regex(/^\d+(\.\d+){0,3}$/, 'must be numbers with dots between'),
    }),
    ...origin,
  })
  .refine(isHashOfEmail, hashProblem);

export const signupCompletedSchema = z.discriminatedUnion('surface', [webSignupSchema, mobileSignupSchema]);

const domain = z
  .string()
  .max(253)
  .regex(/^(?!.*\.\.)[^\s@/:]+\.[^\s@/:.]{2,}$/, 'must be a domain');
const digits = z.string().regex(/^[1-9]\d{0,14}$/, 'must be the digits of a positive whole number');

const clientEnd = z.looseObject({ type: z.literal('client'), value: uuid });
const emailEnd = z.looseObject({ type: z.literal('email'), value: email });
const domainEnd = z.looseObject({ type: z.literal('domain'), value: domain });
const companyEnd = z.looseObject({ type: z.literal('company'), value: digits });
const contactEnd = z.looseObject({ type: z.literal('contact'), value: digits });

export const identityEndSchema = z.discriminatedUnion('type', [clientEnd, emailEnd, domainEnd, companyEnd, contactEnd]);
export type IdentityEnd = z.infer<typeof identityEndSchema>;
export type IdentityType = IdentityEnd['type'];

/** Which ends may be linked, from the person's side to the company's. */
export const linkable: Record<string, IdentityType[]> = {
  client: ['email', 'company'],
  email: ['domain', 'contact', 'company'],
  domain: ['company'],
};

const link = {
  version: z.literal(1),
  eventId: uuid,
  from: identityEndSchema,
  to: identityEndSchema,
  /** Who says so; the same two ends may be linked by several. */
  source: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'must be lower-case letters, digits and dashes'),
};
const isLinkable = ({ from, to }: { from: IdentityEnd; to: IdentityEnd }): boolean => linkable[from.type]?.includes(to.type) ?? false;
const linkProblem = {
  path: ['to', 'type'],
  error: 'cannot be linked from that type; link client to email or company, email to domain, contact or company, domain to company',
};

/** Two identifiers belong together, as `source` says; valid between two instants where it is not for ever. */
const identityLinkedSchema = z
  .looseObject({
    ...link,
    kind: z.literal('identity-linked'),
    linkedAt: instant,
    confidence: z.number().min(0).max(1).default(1),
    isPrimary: z.boolean().default(false),
    validFrom: instant.nullable().default(null),
    validTo: instant.nullable().default(null),
  })
  .refine(isLinkable, linkProblem)
  .refine(({ validFrom, validTo }) => validFrom === null || validTo === null || validFrom < validTo, {
    path: ['validTo'],
    error: 'must be after validFrom',
  });

/** The link of that source is taken back: everything is as it was before it. */
const identityUnlinkedSchema = z
  .looseObject({ ...link, kind: z.literal('identity-unlinked'), unlinkedAt: instant })
  .refine(isLinkable, linkProblem);

/** The messages on `tracking-events`. */
export const trackingEventSchema = z.discriminatedUnion('kind', [
  sessionStartedSchema,
  leadCapturedSchema,
  signupCompletedSchema,
  identityLinkedSchema,
  identityUnlinkedSchema,
]);

export type SessionStarted = z.infer<typeof sessionStartedSchema>;
export type LeadCaptured = z.infer<typeof leadCapturedSchema>;
export type SignupCompleted = z.infer<typeof signupCompletedSchema>;
export type IdentityLinked = z.infer<typeof identityLinkedSchema>;
export type IdentityUnlinked = z.infer<typeof identityUnlinkedSchema>;
export type TrackingEvent = z.infer<typeof trackingEventSchema>;
