import type { Database } from '@waybill/shared/db';
import { type Logger, raiseAlert, resolveAlert } from '@waybill/shared/telemetry';
import { sql } from 'kysely';
import { findReconciliation } from '../reconcile/find-reconciliation.ts';
import {
  decideBacklog,
  decideOldScores,
  decidePausedLanes,
  decideRecalculations,
  decideStuck,
  decideUnexplained,
} from './decide-findings.ts';
import { decideVolume } from './decide-volume.ts';
import { findBacklogs, findPausedLanes, findRecalculationBacklogs, findScoreAges, findVolumes, findWaiting } from './find-facts.ts';
import type { Finding } from './finding.ts';

export interface Evaluation {
  /** Business time, by which conversions and scores are old. */
  businessNow: Date;
  /** Real time, by which waits last. */
  now: Date;
  scoresMaxAgeHours: number;
}

const reconciledDays = 14;
const dayMs = 86_400_000;
const toDay = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** Looks at everything and tells what is wrong now. */
export async function findFindings(db: Database, { businessNow, now, scoresMaxAgeHours }: Evaluation): Promise<Finding[]> {
  const to = now.getTime();
  const span = { from: toDay(to - reconciledDays * dayMs), to: toDay(to), platform: null, account: null };
  return [
    ...decideUnexplained(await findReconciliation(db, span)),
    ...decideVolume(await findVolumes(db, businessNow)),
    ...decideOldScores(await findScoreAges(db), businessNow, scoresMaxAgeHours),
    ...decidePausedLanes(await findPausedLanes(db), now),
    ...decideStuck(await findWaiting(db), now),
    ...decideBacklog(await findBacklogs(db, businessNow)),
    ...decideRecalculations(await findRecalculationBacklogs(db), now),
  ];
}

interface OpenAlert {
  id: number;
  name: string;
  subject: string;
  detail: string;
}

const keyOf = ({ name, subject }: { name: string; subject: string }): string => JSON.stringify([name, subject]);

/** Raises what is new, keeps what goes on, and tells what is over; one evaluation at a time. Answers what is wrong now. */
export async function evaluateAlerts(db: Database, log: Logger, evaluation: Evaluation): Promise<Finding[]> {
  const findings = await findFindings(db, evaluation);
  const found = new Map(findings.map((finding) => [keyOf(finding), finding]));
  return db.transaction().execute(async (tx) => {
    await sql`lock table hub_alert in share row exclusive mode`.execute(tx);
    const { rows: open } = await sql<OpenAlert>`select id, name, subject, detail from hub_alert where resolved_at is null`.execute(tx);
    const over = open.filter((alert) => !found.has(keyOf(alert)));
    await sql`update hub_alert set resolved_at = now() where id = any(${over.map(({ id }) => id)}::bigint[])`.execute(tx);
    const known = new Set(open.map(keyOf));
    const all = [...found.values()];
    await sql`
      insert into hub_alert as a (name, subject, detail)
      select * from unnest(${all.map(({ name }) => name)}::text[], ${all.map(({ subject }) => subject)}::text[], ${all.map(({ detail }) => detail)}::text[])
      on conflict (name, subject) where resolved_at is null do update set detail = excluded.detail, seen_at = now()`.execute(tx);
    for (const finding of all.filter((one) => !known.has(keyOf(one)))) raiseAlert(log, { ...finding });
    for (const { name, subject, detail } of over) resolveAlert(log, { name, subject, detail: `is over: ${detail}` });
    return findings;
  });
}

export interface ShownAlert extends Finding {
  beganAt: Date;
  resolvedAt: Date | null;
}

/** What is wrong now, and what was in the last week, the newest first. */
export async function findAlerts(db: Database, limit: number): Promise<ShownAlert[]> {
  const { rows } = await sql<ShownAlert>`
    select name, subject, detail, began_at as "beganAt", resolved_at as "resolvedAt" from hub_alert
    where resolved_at is null or resolved_at > now() - interval '7 days'
    order by resolved_at is not null, began_at desc, name, subject limit ${limit}`.execute(db);
  return rows;
}
