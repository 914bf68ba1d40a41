import { ConfigError, readDestinations } from '@waybill/shared/config';
import { z } from 'zod';

const accountId = z.string().regex(/^\d{1,20}$/, 'the sponsored account id must be digits');
const ruleId = z.string().regex(/^\d{1,20}$/, 'the action must be the id of a conversion rule, in digits');
const credentialsSchema = z.looseObject({
  /** Of a member with a role in the account, with the scope rw_conversions. */
  accessToken: z.string().regex(/^[\x21-\x7e]+$/, 'must be text without spaces'),
});

export type Credentials = z.infer<typeof credentialsSchema>;

/** Reads the credentials of each sponsored account. Throws ConfigError naming every account and field that does not fit, never a value. */
export function readAccounts(destinationsFile: string): Map<string, Credentials> {
  const accounts = Object.entries(readDestinations(destinationsFile).linkedin?.accounts ?? {});
  const read = accounts.map(([account, { actions, credentials }]) => ({
    account,
    actions,
    result: credentialsSchema.safeParse(credentials),
  }));
  const problems = read.flatMap(({ account, actions, result }) => [
    ...(accountId.safeParse(account).error?.issues ?? []).map(({ message }) => `  linkedin ${account}: ${message}`),
    ...Object.entries(actions).flatMap(([type, action]) =>
      (ruleId.safeParse(action).error?.issues ?? []).map(
        () => `  linkedin ${account}: ${type}: the action must be the id of a conversion rule, in digits`,
      ),
    ),
    ...(result.error?.issues ?? []).map((issue) => `  linkedin ${account}: credentials.${issue.path.join('.')}: ${issue.message}`),
  ]);
  if (problems.length > 0) throw new ConfigError(`DESTINATIONS_FILE ${destinationsFile}: mend these accounts:\n${problems.join('\n')}`);
  return new Map(read.flatMap(({ account, result }) => (result.success ? [[account, result.data] as const] : [])));
}
