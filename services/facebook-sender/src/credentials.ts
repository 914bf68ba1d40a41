import { ConfigError, readDestinations } from '@waybill/shared/config';
import { z } from 'zod';

const pixelId = z.string().regex(/^\d{1,20}$/);
const credentialsSchema = z.looseObject({
  accessToken: z.string().regex(/^[\x21-\x7e]+$/, 'must be text without spaces'),
  /** Signs each request where the app demands a proof. */
  appSecret: z.string().min(1).nullish(),
});

export type Credentials = z.infer<typeof credentialsSchema>;

/** Reads the credentials of each pixel. Throws ConfigError naming every pixel and field that does not fit, never a value. */
export function readPixels(destinationsFile: string): Map<string, Credentials> {
  const accounts = Object.entries(readDestinations(destinationsFile).facebook?.accounts ?? {});
  const read = accounts.map(([pixel, { credentials }]) => ({ pixel, result: credentialsSchema.safeParse(credentials) }));
  const problems = read.flatMap(({ pixel, result }) => [
    ...(pixelId.safeParse(pixel).success ? [] : [`  facebook ${pixel}: the pixel id must be digits`]),
    ...(result.error?.issues ?? []).map((issue) => `  facebook ${pixel}: credentials.${issue.path.join('.')}: ${issue.message}`),
  ]);
  if (problems.length > 0) throw new ConfigError(`DESTINATIONS_FILE ${destinationsFile}: mend these accounts:\n${problems.join('\n')}`);
  return new Map(read.flatMap(({ pixel, result }) => (result.success ? [[pixel, result.data] as const] : [])));
}
