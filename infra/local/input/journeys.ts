import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { SessionStarted } from '@waybill/shared/messages';
import { z } from 'zod';
import type { Input } from './input.ts';
import { buildSession, toUuid } from './session.ts';

const time = /^\d{2}:\d{2}:\d{2}$/;
const date = /^\d{4}-\d{2}-\d{2}$/;
const id = z.string().min(1);

const sessionRow = z.object({
  session_id: id,
  user_id: id,
  event_date: z.string().regex(date),
  event_time: z.string().regex(time),
  channel_name: id,
});
const conversionRow = z.object({
  conv_id: id,
  user_id: id,
  conv_date: z.string().regex(date),
  conv_time: z.string().regex(time),
  revenue: z.number().min(0),
});

export type JourneySession = z.infer<typeof sessionRow>;
export type JourneyConversion = z.infer<typeof conversionRow>;

export interface Journeys {
  sessions: JourneySession[];
  conversions: JourneyConversion[];
  /** Rows that were left out, each with its table, key and problem. */
  refused: string[];
}

type AdPlatform = 'google' | 'facebook' | 'bing';

/** The ad platform that a channel of the journeys' schema is bought on. */
export const platformOfChannel: Record<string, AdPlatform> = {
  'Performance Max': 'google',
  'Paid Search Brand': 'google',
  'Paid Search Non Brand': 'google',
  'YouTube Ads': 'google',
  'FB & IG Ads': 'facebook',
  'Microsoft Ads': 'bing',
};

function readRows<T>(file: DatabaseSync, table: string, schema: z.ZodType<T>, refused: string[]): T[] {
  const shape = (schema as unknown as z.ZodObject).shape;
  let rows: unknown[];
  try {
    rows = file.prepare(`select ${Object.keys(shape).join(', ')} from ${table} order by 1`).all();
  } catch (error) {
    const wanted = Object.keys(shape).join(', ');
    throw new Error(
      `${table}: ${error instanceof Error ? error.message : error}. The file must have a table ${table} with the columns ${wanted}.`,
    );
  }
  return rows.flatMap((row) => {
    const read = schema.safeParse(row);
    if (read.success) return [read.data];
    const key = String(Object.values(row as Record<string, unknown>)[0]);
    refused.push(`${table} ${key}: ${read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')}`);
    return [];
  });
}

/** Reads a SQLite file with the tables session_sources and conversions. Throws with the table and columns it misses; bad rows are left out and named. */
export function readJourneys(path: string): Journeys {
  if (!existsSync(path))
    throw new Error(`${path}: there is no such file; give the path of a SQLite database with session_sources and conversions`);
  const file = new DatabaseSync(path, { readOnly: true });
  try {
    const refused: string[] = [];
    const sessions = readRows(file, 'session_sources', sessionRow, refused);
    const conversions = readRows(file, 'conversions', conversionRow, refused);
    return { sessions, conversions, refused };
  } finally {
    file.close();
  }
}

const instantOf = (day: string, clock: string): string => `${day}T${clock}.000Z`;
export const startedAt = (session: JourneySession): string => instantOf(session.event_date, session.event_time);
export const convertedAt = (conversion: JourneyConversion): string => instantOf(conversion.conv_date, conversion.conv_time);

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** The marks of the source; click ids are derived from the session id in each platform's valid format, so that one session has one click. */
function sourceOf(session: JourneySession): Partial<SessionStarted> {
  const platform = platformOfChannel[session.channel_name];
  const hash = digest(session.session_id);
  const token = hash.toString('base64url');
  if (platform === 'google') return { utmSource: 'google', utmMedium: 'cpc', utmCampaign: session.channel_name, gclid: `Cj0KCQ${token}` };
  if (platform === 'facebook')
    return { utmSource: 'facebook', utmMedium: 'cpc', utmCampaign: session.channel_name, fbclid: `IwAR${token}` };
  if (platform === 'bing')
    return { utmSource: 'bing', utmMedium: 'cpc', utmCampaign: session.channel_name, msclkid: hash.toString('hex').slice(0, 32) };
  return session.channel_name.startsWith('Direct') ? {} : { utmSource: session.channel_name, utmMedium: 'other' };
}

/** Recorded journeys as input: each conversion is a company that paid at its real time and value, each session belongs to all of its user's. */
export function toInput({ sessions, conversions }: Journeys): Input {
  const companiesOfUser = new Map<string, number[]>();
  const companies = conversions.map((conversion, index) => {
    const company = index + 1;
    companiesOfUser.set(conversion.user_id, [...(companiesOfUser.get(conversion.user_id) ?? []), company]);
    const first_payment_value = conversion.revenue.toFixed(4);
    return { company, first_paid_at: convertedAt(conversion), first_payment_value, first_payment_currency: 'USD' };
  });
  const tracked = sessions.map((session) =>
    buildSession(
      {
        sessionId: toUuid(digest(session.session_id).toString('hex')),
        clientId: toUuid(digest(session.user_id).toString('hex')),
        startedAt: startedAt(session),
        companies: companiesOfUser.get(session.user_id) ?? [],
        contacts: [],
      },
      sourceOf(session),
    ),
  );
  const label = 'recorded journeys; click ids derived from session ids';
  return { label, companies, contacts: [], sessions: tracked, events: tracked, scores: null };
}

const dayMs = 86_400_000;
/** Lookback windows in days, as the conversion type Paid has them on each platform. */
const windowDays: Record<AdPlatform, number> = { google: 8, facebook: 7, bing: 8 };

/** Midnight after the last conversion: with business time there, the windows cover the newest week of the recording. */
export function clockAfter({ conversions }: Journeys): string {
  const last =
    conversions
      .map(({ conv_date }) => conv_date)
      .toSorted()
      .at(-1) ?? '1970-01-01';
  return new Date(Date.parse(`${last}T00:00:00.000Z`) + dayMs).toISOString();
}

/**
 * What each platform must have accepted of type Paid, counted straight from the file and without any of the product's code:
 * a conversion counts on a platform when one of its user's sessions there began before it and within the window.
 */
export function expectedPaid(
  { sessions, conversions }: Journeys,
  clockAt: string,
): Record<AdPlatform, { accepted: number; cents: number }> {
  const sessionsOfUser = Map.groupBy(sessions, (session) => session.user_id);
  const expected = { google: { accepted: 0, cents: 0 }, facebook: { accepted: 0, cents: 0 }, bing: { accepted: 0, cents: 0 } };
  const now = Date.parse(clockAt);
  for (const conversion of conversions) {
    const at = Date.parse(convertedAt(conversion));
    for (const platform of ['google', 'facebook', 'bing'] as const) {
      const window = windowDays[platform] * dayMs;
      const clicked = (sessionsOfUser.get(conversion.user_id) ?? []).some((session) => {
        const began = Date.parse(startedAt(session));
        return platformOfChannel[session.channel_name] === platform && began < at && began >= at - window;
      });
      if (!clicked || at > now || at <= now - window) continue;
      expected[platform].accepted += 1;
      expected[platform].cents += Math.round(conversion.revenue * 100);
    }
  }
  return expected;
}
