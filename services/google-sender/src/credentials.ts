import { ConfigError, readDestinations } from '@waybill/shared/config';
import { z } from 'zod';

const id = z.string().regex(/^\d{1,19}$/, 'must be digits, without dashes');
const secret = z.string().min(1);

const credentialsSchema = z.looseObject({
  clientId: secret,
  clientSecret: secret,
  refreshToken: secret,
  /** The manager account that the credential belongs to, where it is not the account itself. */
  loginCustomerId: id.nullish(),
  /** Only where Google still asks for one. */
  developerToken: secret.nullish(),
});

export type Credentials = z.infer<typeof credentialsSchema>;

/** Reads the credentials of each customer id. Throws ConfigError naming every account and field that does not fit, never a value. */
export function readAccounts(destinationsFile: string): Map<string, Credentials> {
  const accounts = Object.entries(readDestinations(destinationsFile).google?.accounts ?? {});
  const read = accounts.map(([account, { actions, credentials }]) => ({
    account,
    actions,
    result: credentialsSchema.safeParse(credentials),
  }));
  const problems = read.flatMap(({ account, actions, result }) => [
    ...(id.safeParse(account).success ? [] : [`  google ${account}: the customer id must be digits, without dashes`]),
    ...Object.entries(actions)
      .filter(([, action]) => !id.safeParse(action).success)
      .map(([type]) => `  google ${account}: actions.${type}: must be the conversion action's number`),
    ...(result.error?.issues ?? []).map((issue) => `  google ${account}: credentials.${issue.path.join('.')}: ${issue.message}`),
  ]);
  if (problems.length > 0) throw new ConfigError(`DESTINATIONS_FILE ${destinationsFile}: mend these accounts:\n${problems.join('\n')}`);
  return new Map(read.flatMap(({ account, result }) => (result.success ? [[account, result.data] as const] : [])));
}
