import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';
import type { Section } from '../section.ts';
import { describeInstant } from '../wording.ts';
import { type Change, countTouches, describeMoves, toChangeRows } from './describe-change.ts';

/** A company, contact or client, as attribution calls it. */
export interface Attributed {
  kind: 'company' | 'contact' | 'client';
  id: string;
}

const shownChanges = 50;

const tables = {
  company: [
    ['first', 'company_profile_attribution'],
    ['last', 'company_profile_attribution_last'],
    ['first of 28 days', 'company_profile_attribution_first_limited'],
  ],
  contact: [['first', 'contact_profile_attribution_first']],
} as const;
const columns = { company: 'company', contact: 'contact_id' } as const;

interface AttributionRow {
  name: string;
  channel: string;
  campaign: string | null;
  touched_at: Date;
  session_id: string;
  touches: number;
  model: string;
  model_version: string;
  version: number;
  computed_at: Date;
}

/** The touch that each attribution names, of how many, by which model, and since which computation. */
export async function findAttribution(db: Database, kind: 'company' | 'contact', id: number): Promise<Section> {
  const selects = tables[kind].map(
    ([name, table], place) => sql`
      select ${place}::int as place, ${name} as name, channel, campaign, touched_at, session_id, touches, model, model_version, version, computed_at
      from ${sql.table(table)} where ${sql.ref(columns[kind])} = ${id}`,
  );
  const { rows } = await sql<AttributionRow>`${sql.join(selects, sql` union all `)} order by place`.execute(db);
  const shown = rows.map((row) => ({
    attribution: row.name,
    channel: row.channel,
    campaign: row.campaign ?? '',
    touched: describeInstant(row.touched_at),
    session: row.session_id,
    of: countTouches(row.touches),
    model: `${row.model}, version ${row.model_version}`,
    since: `computation ${row.version}, ${describeInstant(row.computed_at)}`,
  }));
  return { title: 'Attribution', rows: shown, whenEmpty: 'No visit is known to be its own, so that no touch has the credit.' };
}

type ChangeRow = Omit<Change, 'changedAt'> & { changed_at: Date; is_since: boolean; since: Date; total: number };

/**
 * What became another attribution since an instant of the database's clock, and why; null: since a day before its now. Where nothing did, when
 * it last changed; `isKnown` tells that it ever did.
 */
export async function findChanges(
  db: Database,
  kind: 'company' | 'contact',
  id: number,
  since: Date | null,
): Promise<{ section: Section; isKnown: boolean }> {
  const { rows: instants } = await sql<{
    since: Date;
  }>`select coalesce(${since}::timestamptz, now() - interval '24 hours') as since`.execute(db);
  const from = instants[0]?.since ?? new Date(0);
  const { rows } = await sql<ChangeRow>`
    select changed_at, version, before, after, causes, changed_at >= ${from} as is_since, count(*) filter (where changed_at >= ${from}) over () as total
    from attribution_change where kind = ${kind} and entity = ${id} order by changed_at desc, change_id desc limit ${shownChanges}`.execute(
    db,
  );
  const changes = rows.filter(({ is_since }) => is_since);
  const [last] = rows;
  const more = (last?.total ?? 0) - changes.length;
  const shown = changes.flatMap(({ changed_at: changedAt, ...change }) => toChangeRows({ changedAt, ...change }));
  const [columnsOf] = shown;
  const blank = Object.fromEntries(Object.keys(columnsOf ?? {}).map((column) => [column, '']));
  const section = {
    title: `What changed since ${describeInstant(from)}`,
    rows: more > 0 ? [...shown, { ...blank, changed: `and ${more} changes before these` }] : shown,
    whenEmpty:
      last === undefined
        ? 'Nothing, then or before.'
        : `Nothing. It last changed ${describeInstant(last.changed_at)}: ${describeMoves(last)}.`,
  };
  return { section, isKnown: last !== undefined };
}

interface WaitingRow {
  step: number;
  due_at: Date;
  is_due: boolean;
  triggered_at: Date;
  attempts: number;
  problem: string | null;
}

const steps = ['at once', '6 min after the last event', '30 min after the last event'];

/** What the steps of a computation are called. */
export const describeStep = (step: number): string => steps[step] ?? `step ${step}`;

/** When it is computed next, and why that has not worked so far. */
export async function findNextComputation(db: Database, { kind, id }: Attributed): Promise<Section> {
  const { rows } = await sql<WaitingRow>`
    select step, due_at, due_at <= now() as is_due, triggered_at, attempts, problem from attribution_recalculation
    where kind = ${kind} and entity = ${id}`.execute(db);
  const shown = rows.map(({ step, due_at, is_due, triggered_at, attempts, problem }) => ({
    due: `${describeInstant(due_at)}${is_due ? ', now' : ''}`,
    step: describeStep(step),
    'last event': describeInstant(triggered_at),
    failed: attempts === 0 ? '' : `${attempts} times in a row`,
    reason: problem ?? '',
  }));
  return { title: 'Next computation', rows: shown, whenEmpty: 'None: all that is known of it has been computed, and again 30 min after.' };
}
