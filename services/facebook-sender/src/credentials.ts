import { ConfigError, readDestinations } from '@waybill/shared/config';
import { z } from 'zod';
import { actionSources } from './to-event.ts';

const pixelId = z.string().regex(/^\d{1,20}$/);
const credentialsSchema = z.looseObject({
  accessToken: z.string().regex(/^[\x21-\x7e]+$/, 'must be text without spaces'),
  /** Signs each request where the app demands a proof. */
  appSecret: z.string().min(1).nullish(),
  /** The pixel, where the account is not called by it: several accounts may send to one pixel, each in a lane of its own. */
  pixelId: pixelId.nullish(),
  /** Marks every event of the account as a test; such events count for ads all the same, so that an account called by its pixel takes none. */
  testEventCode: z
    .string()
    .regex(/^TEST\d+$/, 'must be like TEST12345')
    .nullish(),
  /** Where the conversions of the account happen; unset: on the website, or in our systems where the visit is not known. */
  actionSource: z.enum(actionSources).nullish(),
  /** The tool that leads are handled in, told of conversions that have a lead id; unset: Waybill. */
  leadSource: z.string().min(1).nullish(),
});

export type Credentials = z.infer<typeof credentialsSchema>;

function* contradictions(account: string, { pixelId: given, testEventCode }: Credentials): Generator<string> {
  if (testEventCode && (given === null || given === undefined || given === account)) {
    yield 'credentials.testEventCode: give test events an account of their own, with a name of its own and the pixel as pixelId';
  }
  if (!given && !pixelId.safeParse(account).success) yield 'the pixel id must be digits';
}

/** Reads the credentials of each account, which mostly is a pixel. Throws ConfigError naming every account and field that does not fit, never a value. */
export function readPixels(destinationsFile: string): Map<string, Credentials> {
  const accounts = Object.entries(readDestinations(destinationsFile).facebook?.accounts ?? {});
  const read = accounts.map(([pixel, { credentials }]) => ({ pixel, result: credentialsSchema.safeParse(credentials) }));
  const problems = read.flatMap(({ pixel, result }) => [
    ...(result.success ? [...contradictions(pixel, result.data)].map((problem) => `  facebook ${pixel}: ${problem}`) : []),
    ...(result.success || pixelId.safeParse(pixel).success
      ? []
      : [`  facebook ${pixel}: the pixel id must be digits, or be given as pixelId`]),
    ...(result.error?.issues ?? []).map((issue) => `  facebook ${pixel}: credentials.${issue.path.join('.')}: ${issue.message}`),
  ]);
  if (problems.length > 0) throw new ConfigError(`DESTINATIONS_FILE ${destinationsFile}: mend these accounts:\n${problems.join('\n')}`);
  return new Map(read.flatMap(({ pixel, result }) => (result.success ? [[pixel, result.data] as const] : [])));
}
