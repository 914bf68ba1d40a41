import { databaseSettings, leaseSetting, pubsubSettings, readConfig, serviceSettings, statementSetting } from '@waybill/shared/config';
import { z } from 'zod';

/** What `npm run ihc` needs to ask the IHC API. */
const ihcSettings = {
  /** Unset: the local model gives the credits. */
  IHC_API_KEY: z.string().min(1).optional(),
  IHC_API_URL: z.url().default('https://api.ihc-attribution.com/v1/compute_ihc'),
  /** The deadline of one call. */
  IHC_TIMEOUT_MS: z.coerce.number().int().min(100).max(600_000).default(60_000),
  IHC_PARALLEL_CALLS: z.coerce.number().int().min(1).max(50).default(4),
  IHC_CALLS_PER_SECOND: z.coerce.number().int().min(1).max(100).default(5),
};

const identitySettings = {
  /** Domains of our own people, with commas between: their addresses, and those of every domain below, link nobody. */
  OWN_DOMAINS: z
    .string()
    .regex(/^[a-z0-9.-]+\.[a-z0-9-]+(, ?[a-z0-9.-]+\.[a-z0-9-]+)*$/, 'must be domains in lower case with commas between')
    .optional(),
  /** Whose touches are those of a client that belongs to several companies alike: nobody's, or those of the one that was linked first. */
  AMBIGUOUS_CLIENTS: z.enum(['none', 'oldest']).default('none'),
};

export const schema = z.object({
  ...serviceSettings,
  ...databaseSettings,
  ...statementSetting,
  ...leaseSetting,
  ...pubsubSettings,
  ...identitySettings,
  ...ihcSettings,
});

export const readAttributionConfig = () => readConfig(schema, process.env);

export const ownDomainsOf = ({ OWN_DOMAINS: list }: { OWN_DOMAINS?: string | undefined }): ReadonlySet<string> =>
  new Set(list?.split(',').map((domain) => domain.trim()));
