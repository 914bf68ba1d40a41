import { ConfigError, readDestinations } from '@waybill/shared/config';
import { z } from 'zod';

const id = z.string().regex(/^\d{1,19}$/, 'must be digits');
const secret = z.string().regex(/^[\x21-\x7e]+$/, 'must be text without spaces');

const credentialsSchema = z.object({
  /** The manager account; the ad account itself is the key in DESTINATIONS_FILE. */
  customerId: id,
  developerToken: secret,
  clientId: secret,
  clientSecret: secret,
  refreshToken: secret,
});

export type Credentials = z.infer<typeof credentialsSchema>;

/** Reads the credentials of each ad account. Throws ConfigError naming every account and field that does not fit, never a value. */
export function readAccounts(destinationsFile: string): Map<string, Credentials> {
  const accounts = Object.entries(readDestinations(destinationsFile).bing?.accounts ?? {});
  const read = accounts.map(([account, { credentials }]) => ({ account, result: credentialsSchema.safeParse(credentials) }));
  const problems = read.flatMap(({ account, result }) => [
    ...(id.safeParse(account).success ? [] : [`  bing ${account}: the account id must be digits`]),
    ...(result.error?.issues ?? []).map((issue) => `  bing ${account}: credentials.${issue.path.join('.')}: ${issue.message}`),
  ]);
  if (problems.length > 0) throw new ConfigError(`DESTINATIONS_FILE ${destinationsFile}: mend these accounts:\n${problems.join('\n')}`);
  return new Map(read.flatMap(({ account, result }) => (result.success ? [[account, result.data] as const] : [])));
}
