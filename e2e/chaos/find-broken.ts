import { conversionsTopic, parkingSubscription } from '@waybill/shared/messages';
import { sql } from 'kysely';
import type { ChaosHouse } from './chaos-house.ts';
import { manners, type Planned, type World } from './chaos-world.ts';

interface Taken {
  eventId: string | null;
  clickId: string | null;
  value: string | null;
}

interface Ended {
  event_id: string;
  state: string;
  outcome: string | null;
  code: string | null;
  attempt: number;
  attempts: number;
  last_outcome: string | null;
  audited: number;
  audit_errors: number;
  told: number;
}

export interface Letter {
  eventId: string | null;
  reason: string;
}

/** Every dead letter of the platforms, read to the end and put back. */
export async function readLetters({ pubsub, platforms }: Pick<ChaosHouse, 'pubsub' | 'platforms'>): Promise<Letter[]> {
  const letters: Letter[] = [];
  for (const platform of platforms) {
    const subscription = pubsub.subscription(parkingSubscription(conversionsTopic(platform)), { flowControl: { maxMessages: 200_000 } });
    await new Promise<void>((resolve, reject) => {
      const quietMs = 1_000;
      let quiet = setTimeout(resolve, quietMs);
      subscription.on('error', reject);
      subscription.on('message', ({ attributes }) => {
        letters.push({ eventId: attributes.eventId ?? null, reason: attributes.reason ?? '' });
        clearTimeout(quiet);
        quiet = setTimeout(resolve, quietMs);
      });
    });
    await subscription.close();
  }
  return letters;
}

async function readEndings({ db }: ChaosHouse): Promise<Map<string, Ended>> {
  const { rows } = await sql<Ended>`
    with audit as (
      select event_id, error from google_conversion union all select conversion_id, error from facebook_conversion_v2
      union all select event_id, error from bing_conversion union all select event_id, error from generic_conversions
    ), audits as (select event_id, count(*)::int as audited, count(error)::int as audit_errors from audit group by 1),
    attempts as (
      select event_id, count(*)::int as attempts, (array_agg(outcome order by attempt desc))[1] as last_outcome from delivery_attempt group by 1
    ), told as (
      select event_id, count(*)::int as told from hub_conversion_outcome where attempt > 0 and kind in ('delivered', 'duplicate', 'rejected') group by 1
    )
    select d.event_id, d.state, d.outcome, d.code, d.attempt, coalesce(t.attempts, 0) as attempts, t.last_outcome,
           coalesce(a.audited, 0) as audited, coalesce(a.audit_errors, 0) as audit_errors, coalesce(h.told, 0) as told
    from delivery d left join audits a using (event_id) left join attempts t using (event_id) left join told h using (event_id)`.execute(
    db,
  );
  return new Map(rows.map((row) => [row.event_id, row]));
}

/** What each platform holds, by event id, or by click where its wire has none. */
async function readTaken({ standIns, platforms }: ChaosHouse): Promise<{ byKey: Map<string, Taken[]>; resent: number }> {
  const byKey = new Map<string, Taken[]>();
  let resent = 0;
  for (const platform of platforms) {
    const answer = (await (await fetch(`${standIns[platform]}/accepted?list=1`)).json()) as { list: Taken[]; duplicates: number };
    resent += answer.duplicates;
    for (const taken of answer.list) {
      const key = taken.eventId ?? `click ${taken.clickId?.toLowerCase()}`;
      byKey.set(key, [...(byKey.get(key) ?? []), taken]);
    }
  }
  return { byKey, resent };
}

const keyAtPlatform = ({ conversion }: Planned): string =>
  conversion.platform === 'bing' ? `click ${conversion.click?.id.toLowerCase()}` : conversion.eventId;

function* brokenLedger({ conversion, nature }: Planned, ended: Ended | undefined): Generator<string> {
  if (ended === undefined) return yield 'is not in the ledger';
  const { badCode, expiredCode } = manners[conversion.platform] ?? {};
  const { state, outcome, code, attempt, attempts, last_outcome, audited, audit_errors, told } = ended;
  if (state !== 'settled') return yield `is ${state} in the end, with ${outcome} ${code}`;
  const expected = nature === 'good' ? ['delivered', 'duplicate'] : ['rejected'];
  if (!expected.includes(outcome ?? '')) yield `is ${nature} and ended as ${outcome} ${code}`;
  const expectedCode = nature === 'bad' ? badCode : expiredCode;
  if (nature !== 'good' && code !== expectedCode) yield `is ${nature} and was rejected for ${code}, not for ${expectedCode}`;
  if (audited !== 1) yield `has ${audited} audit rows`;
  if (audit_errors !== (nature === 'good' ? 0 : 1)) yield `is ${nature} and has ${audit_errors} audit rows with an error`;
  if (last_outcome !== outcome || attempts > attempt)
    yield `has ${attempts} attempts, the last ${last_outcome}, and is at attempt ${attempt} with ${outcome}`;
  if (told !== 1) yield `was told to the hub ${told} times as ended`;
}

function* brokenPlatform(planned: Planned, taken: Taken[]): Generator<string> {
  const { conversion, nature, rival } = planned;
  if (taken.length !== (nature === 'good' ? 1 : 0)) yield `is ${nature} and stands ${taken.length} times at the platform`;
  const amounts = [conversion, ...(rival === null ? [] : [rival])].map(({ value }) => Number(value?.amount));
  if (taken.some(({ value }) => !amounts.includes(Number(value))))
    yield `stands at the platform with ${taken[0]?.value}, not ${amounts.join(' or ')}`;
}

export interface Verdict {
  /** What went wrong, a sentence each, beginning with the event id; none where every promise was kept. */
  broken: string[];
  /** Rows that a platform was sent again, because its answer was lost. */
  resent: number;
  rejected: number;
  parked: number;
}

/** Holds what the ledger, the platforms, the audit, the hub and the dead letters say in the end against the plan. */
export async function findBroken(house: ChaosHouse, world: World): Promise<Verdict> {
  const [endings, { byKey, resent }, letters] = await Promise.all([readEndings(house), readTaken(house), readLetters(house)]);
  const lettersOf = Map.groupBy(letters, ({ eventId }) => eventId ?? 'unreadable');
  const broken = world.planned.flatMap((planned) => {
    const { conversion, nature, rival } = planned;
    const own = lettersOf.get(conversion.eventId) ?? [];
    const parked = own.filter(({ reason }) => !reason.includes('the same event id came with another content'));
    const problems = [
      ...brokenLedger(planned, endings.get(conversion.eventId)),
      ...brokenPlatform(planned, byKey.get(keyAtPlatform(planned)) ?? []),
    ];
    if (nature === 'good' && parked.length > 0) problems.push('is healthy and lies in the dead letter');
    if (nature !== 'good' && parked.length === 0) problems.push(`is ${nature} and is not in the dead letter`);
    if (rival !== null && own.length === parked.length) problems.push('came with two contents, and nobody was told');
    return problems.map((problem) => `${conversion.eventId} ${problem}`);
  });
  const unreadable = lettersOf.get('unreadable')?.length ?? 0;
  if (unreadable < world.malformed.length) broken.push(`${unreadable} unreadable messages are parked, of ${world.malformed.length}`);
  if (letters.some(({ reason }) => reason === '')) broken.push('a dead letter has no reason');
  if (endings.size !== world.planned.length) broken.push(`the ledger holds ${endings.size} conversions, not ${world.planned.length}`);
  const { rows } = await sql<{ count: number }>`select count(*) from sender_outbox`.execute(house.db);
  if (rows[0]?.count !== 0) broken.push(`${rows[0]?.count} messages are left in the outbox`);
  const rejected = [...endings.values()].filter(({ outcome }) => outcome === 'rejected').length;
  return { broken, resent, rejected, parked: letters.length };
}
