import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ConfigError } from './read-config.ts';

const accountSchema = z.object({
  /** Conversion type -> the conversion action, event or goal name on that account; null: the catalogue's own name. */
  actions: z.record(z.string(), z.string().min(1).nullable()),
  /** What the sender needs to speak for the account; its own schema checks it. */
  credentials: z.record(z.string(), z.unknown()).default({}),
});

const destinationsSchema = z.record(z.string(), z.object({ accounts: z.record(z.string(), accountSchema) }));

/** Platform -> accounts -> conversion types with their actions, as DESTINATIONS_FILE lays them down. */
export type Destinations = z.infer<typeof destinationsSchema>;
export type DestinationAccount = z.infer<typeof accountSchema>;

function conversionTypesInTwoAccounts(destinations: Destinations): string[] {
  return Object.entries(destinations).flatMap(([platform, { accounts }]) => {
    const types = Object.values(accounts).flatMap((account) => Object.keys(account.actions));
    return [...new Set(types.filter((type, index) => types.indexOf(type) !== index))].map(
      (type) => `${platform}: ${type} is listed in two accounts; a conversion type goes to one`,
    );
  });
}

/** Reads DESTINATIONS_FILE (JSON). Throws ConfigError naming the file and every problem in it, never a credential. */
export function readDestinations(file: string): Destinations {
  const problem = (text: string) => new ConfigError(`DESTINATIONS_FILE ${file}: ${text}`);
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw problem(error instanceof SyntaxError ? 'is not JSON' : 'cannot be read; give the path of a JSON file');
  }
  const result = destinationsSchema.safeParse(json);
  if (!result.success) throw problem(result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '));
  const doubled = conversionTypesInTwoAccounts(result.data);
  if (doubled.length > 0) throw problem(doubled.join('; '));
  return result.data;
}

/** The account that takes a conversion type, and its action there (null: the catalogue's name); null where no account, or not `account`, takes it. */
export function findDestination(
  destinations: Destinations,
  platform: string,
  conversionType: string,
  account: string | null = null,
): { account: string; action: string | null } | null {
  for (const [name, { actions }] of Object.entries(destinations[platform]?.accounts ?? {})) {
    const action = actions[conversionType];
    if (action !== undefined && (account === null || account === name)) return { account: name, action };
  }
  return null;
}
