import { z } from 'zod';
import { hashIdentifier } from '../conversion/index.ts';
import { instant } from './instant.ts';

/** What a tracker sends that has no id; everybody without one would be one person. */
const nobodysUuids = ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'];
const uuidElse = (problem: string) =>
  z.uuid({ error: problem }).refine((id) => !nobodysUuids.includes(id.toLowerCase()), 'must not be the empty UUID');
const uuid = uuidElse('must be a UUID');
const sessionOrNone = uuidElse('must be a UUID, or null without a session').nullable();
const upTo = (most: number) => {
  const textError = ({ input }: { input?: unknown }) =>
    input === undefined ? 'is missing; give null where it is not known' : 'must be text or null';
  return z.string({ error: textError }).max(most, `must be at most ${most} characters`).nullable();
};
const text = upTo(2_000);
const url = upTo(8_192);
const entity = z.int({ error: 'must be a positive whole number' }).min(1, 'must be a positive whole number');
const entities = z
  .array(entity, { error: 'must be a list of positive whole numbers' })
  .max(100, 'must be at most 100; a session of more people tells nothing of any');
const isObject = (given: unknown): boolean => typeof given === 'object' && given !== null && !Array.isArray(given);
const version = z.literal(1, { error: 'must be 1' });

/** What tells where somebody came from. */
const marks = { landingUrl: url, referrer: url, utmSource: text, utmMedium: text, utmCampaign: text };
const clicks = { gclid: text, wbraid: text, gbraid: text, fbclid: text, fbp: text, fbc: text, msclkid: text };
const browser = { ipAddress: text, userAgent: text };
type WithDefault = z.ZodDefault<typeof text>;
const nullByDefault = <T extends Record<string, typeof text>>(fields: T) =>
  Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.default(null)])) as { [K in keyof T]: WithDefault };

/** A website session as the tracker saw it; attribution turns it into a visit and links it to companies and contacts. */
export const sessionStartedSchema = z.looseObject({
  version,
  kind: z.literal('session-started'),
  sessionId: uuid,
  clientId: uuid,
  startedAt: instant,
  ...marks,
  ...clicks,
  ...browser,
  /** Companies and contacts that the tracker or CRM already knows this session to belong to. */
  companies: entities,
  contacts: entities,
});

// In any script: what a form takes is an address, even where another system would write it otherwise.
const domainForm = String.raw`(?=[^@]{1,253}$)(?:[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}_-]{0,61}[\p{L}\p{M}\p{N}])?\.)+(?!\p{N}+$)[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])`;
const mailboxForm = String.raw`(?![.])(?!.{0,64}[.]{2})[^\s\p{C}@"<>(),:;\\[\]]{1,64}(?<![.])`;
const hashedEmail = new RegExp(`^sha256:(?<hash>[0-9a-f]{64})(?:@${domainForm})?$`, 'u');
const plainEmail = new RegExp(`^(?=.{3,254}$)${mailboxForm}@${domainForm}$`, 'u');

export const isEmailAddress = (given: string): boolean => plainEmail.test(given);

const emailProblem = 'must be an e-mail address, or sha256: with the SHA-256 of one in lower-case hex';
/** An address; or, where only that is known, `sha256:` with the SHA-256 in hex of the address in lower case, and its domain after an @. */
const email = z
  .string({ error: emailProblem })
  .trim()
  .refine((given) => isEmailAddress(given) || hashedEmail.test(given), emailProblem);

interface Person {
  email: string;
  emailSha256?: string | null | undefined;
}

/** Two addresses under one hash would be taken for one person. */
const isHashOfEmail = ({ email: address, emailSha256 }: Person): boolean =>
  emailSha256 === undefined ||
  emailSha256 === null ||
  (hashedEmail.exec(address)?.groups?.hash ?? hashIdentifier(address.toLowerCase())) === emailSha256;
const hashProblem = { path: ['emailSha256'], error: 'is not the SHA-256 of the e-mail address in lower case' };

const person = {
  email,
  emailSha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, { error: 'must be a SHA-256 in lower-case hex', abort: true })
    .nullish(),
  company: entity.nullable().default(null),
  contact: entity.nullable().default(null),
};
/** A form or signup that has the id of its session would be taken for the session. */
const isAnother = (id: string, { sessionId }: { sessionId: string | null }): boolean => id.toLowerCase() !== sessionId?.toLowerCase();
const sameIdProblem = 'must be another id than that of the session';
const origin = { ...nullByDefault(marks), ...nullByDefault(clicks), ...nullByDefault(browser) };

/** A form that somebody sent with an e-mail address. Without a session it is a visit of its own, from where its marks say. */
export const leadCapturedSchema = z
  .looseObject({
    version,
    kind: z.literal('lead-captured'),
    leadId: uuid,
    clientId: uuid,
    sessionId: sessionOrNone,
    occurredAt: instant,
    form: z.string({ error: 'must be text' }).min(1, 'must not be empty').max(200, 'must be at most 200 characters'),
    ...person,
    ...origin,
  })
  .refine((lead) => isAnother(lead.leadId, lead), { path: ['leadId'], error: sameIdProblem })
  .refine(isHashOfEmail, hashProblem);

const signup = {
  version,
  kind: z.literal('signup-completed'),
  signupId: uuid,
  clientId: uuid,
  occurredAt: instant,
  ...person,
};

/** An account that somebody opened on the website. */
const webSignupSchema = z
  .looseObject({ ...signup, surface: z.literal('web'), sessionId: sessionOrNone, ...origin })
  .refine((completed) => isAnother(completed.signupId, completed), { path: ['signupId'], error: sameIdProblem })
  .refine(isHashOfEmail, hashProblem);

const versionProblem = 'must be a version such as 3.2.1';
/** An account that somebody opened in the app; the client is the app's installation, and its marks are those of the install. */
const mobileSignupSchema = z
  .looseObject({
    ...signup,
    surface: z.literal('mobile'),
    app: z.looseObject(
      {
        os: z.enum(['ios', 'android'], { error: 'must be ios or android' }),
        version: z.string({ error: versionProblem }).regex(/^\d{1,9}(\.\d{1,9}){0,3}([-+][0-9A-Za-z.+-]{1,40})?$/, versionProblem),
      },
      { error: 'must be an object with os and version' },
    ),
    ...origin,
  })
  .refine(isHashOfEmail, hashProblem);

export const signupCompletedSchema = z.discriminatedUnion('surface', [webSignupSchema, mobileSignupSchema], {
  error: 'must be web or mobile',
});

const domain = z
  .string({ error: 'must be a domain' })
  .trim()
  .regex(new RegExp(`^${domainForm}$`, 'u'), 'must be a domain');
const digitsProblem = 'must be the digits of a positive whole number';
const digits = z.string({ error: digitsProblem }).regex(/^[1-9]\d{0,14}$/, digitsProblem);

const clientEnd = z.looseObject({ type: z.literal('client'), value: uuid });
const emailEnd = z.looseObject({ type: z.literal('email'), value: email });
const domainEnd = z.looseObject({ type: z.literal('domain'), value: domain });
const companyEnd = z.looseObject({ type: z.literal('company'), value: digits });
const contactEnd = z.looseObject({ type: z.literal('contact'), value: digits });

export const identityEndSchema = z.discriminatedUnion('type', [clientEnd, emailEnd, domainEnd, companyEnd, contactEnd], {
  error: ({ input }) => (!isObject(input) ? 'must be an object with type and value' : 'must be client, email, domain, company or contact'),
});
export type IdentityEnd = z.infer<typeof identityEndSchema>;
export type IdentityType = IdentityEnd['type'];

/** Which ends may be linked, from the person's side to the company's. */
export const linkable: Record<string, IdentityType[]> = {
  client: ['email', 'company'],
  email: ['domain', 'contact', 'company'],
  domain: ['company'],
};

const sourceProblem = 'must be a name of lower-case letters, digits and dashes';
const confidenceProblem = 'must be above 0 and at most 1; what is not believed at all is taken back by identity-unlinked';
const link = {
  version,
  eventId: uuid,
  from: identityEndSchema,
  to: identityEndSchema,
  /** Who says so; the same two ends may be linked by several. */
  source: z.string({ error: sourceProblem }).regex(/^[a-z][a-z0-9-]{0,39}$/, sourceProblem),
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
    confidence: z.number({ error: confidenceProblem }).gt(0, confidenceProblem).max(1, confidenceProblem).default(1),
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

const kinds = [sessionStartedSchema, leadCapturedSchema, signupCompletedSchema, identityLinkedSchema, identityUnlinkedSchema] as const;

/** The messages on `tracking-events`. */
export const trackingEventSchema = z.discriminatedUnion('kind', kinds, {
  error: ({ input }) =>
    !isObject(input)
      ? 'must be an object'
      : 'must be session-started, lead-captured, signup-completed, identity-linked or identity-unlinked',
});

export type SessionStarted = z.infer<typeof sessionStartedSchema>;
export type LeadCaptured = z.infer<typeof leadCapturedSchema>;
export type SignupCompleted = z.infer<typeof signupCompletedSchema>;
export type IdentityLinked = z.infer<typeof identityLinkedSchema>;
export type IdentityUnlinked = z.infer<typeof identityUnlinkedSchema>;
export type TrackingEvent = z.infer<typeof trackingEventSchema>;
