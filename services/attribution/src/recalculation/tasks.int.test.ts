import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';
import { useTestDatabase } from '../../../../infra/local/use-test-database.ts';
import { buildSession, forgetAll, passDelays, quiet, runOptions } from '../testing.ts';
import { saveEvents } from '../tracking/save-events.ts';
import type { Cause } from './cause.ts';
import { runDue } from './run-due.ts';
import { claimDue, finish, postpone, type Task, trigger } from './tasks.ts';

let db: Database;
useTestDatabase(4, (opened) => {
  db = opened;
});
beforeEach(() => forgetAll(db));

const cause = (via: string): Cause => ({ added: [], removed: [], events: [], via });
const triggerCompany = (to: Database, via: string) => trigger(to, [{ kind: 'company', entity: '42', causes: [cause(via)] }]);
const claim = (leaseSeconds = 60): Promise<Task[]> => claimDue(db, 10, leaseSeconds);
const causesOf = (tasks: Task[]) => tasks.flatMap(({ causes }) => causes.map(({ via }) => via));

async function waiting(): Promise<{ step: number; minutes: number; isLeased: boolean; attempts: number }[]> {
  const { rows } = await sql<{ step: number; minutes: number; isLeased: boolean; attempts: number }>`
    select step, round(extract(epoch from due_at - triggered_at) / 60)::int as minutes, leased_until is not null as "isLeased", attempts
    from attribution_recalculation`.execute(db);
  return rows;
}

/** Computes what waits until its last delay, and takes it for that. */
async function claimForTheLastTime(): Promise<Task[]> {
  for (let step = 0; step < 2; step++) {
    await finish(db, await claim());
    await passDelays(db);
  }
  return claim();
}

async function untilSomebodyWaits(): Promise<void> {
  for (;;) {
    const { rows } = await sql<{ waiting: number }>`
      select count(*)::int as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(db);
    if ((rows[0]?.waiting ?? 0) > 0) return;
  }
}

describe('an entity that is to be computed', () => {
  it('waits once, with all that was told, however often it is triggered', async () => {
    await triggerCompany(db, 'first');
    await triggerCompany(db, 'second');
    const tasks = await claim();
    expect(tasks.map(({ kind, entity, step }) => [kind, entity, step])).toEqual([['company', '42', 0]]);
    expect(causesOf(tasks)).toEqual(['first', 'second']);
    expect(await claim()).toEqual([]);
  });

  it('waits 6 minutes after its trigger, then 30, then for nothing', async () => {
    await triggerCompany(db, 'first');
    const told: string[][] = [];
    for (const minutes of [6, 30]) {
      const tasks = await claim();
      told.push(causesOf(tasks) as string[]);
      await finish(db, tasks);
      expect((await waiting()).map((task) => task.minutes)).toEqual([minutes]);
      await passDelays(db);
    }
    await finish(db, await claim());
    expect([told, await waiting()]).toEqual([[['first'], []], []]);
  });

  it('stays due when it is triggered while it is computed, with what was told meanwhile', async () => {
    await triggerCompany(db, 'first');
    const tasks = await claim();
    await triggerCompany(db, 'meanwhile');
    expect(await claim()).toEqual([]);
    await finish(db, tasks);
    expect(causesOf(await claim())).toEqual(['meanwhile']);
  });

  it.each([
    ['for the first time', async () => claim()],
    ['for the last time', claimForTheLastTime],
  ])('stays due when it is triggered in the very moment in which it was computed %s', async (_, claimIt) => {
    await triggerCompany(db, 'first');
    const tasks = await claimIt();
    let finishing: Promise<void> = Promise.resolve();
    await db.transaction().execute(async (tx) => {
      await triggerCompany(tx, 'meanwhile');
      finishing = finish(db, tasks);
      await untilSomebodyWaits();
    });
    await finishing;
    expect(await waiting()).toMatchObject([{ step: 0, isLeased: false }]);
    expect(causesOf(await claim())).toEqual(['meanwhile']);
  });

  it('is taken by another when the lease has ended, and then finished by that one alone', async () => {
    await triggerCompany(db, 'first');
    const slow = await claim(-1);
    const quick = await claim();
    expect(causesOf(quick)).toEqual(['first']);
    await finish(db, slow);
    expect(await waiting()).toMatchObject([{ step: 0, isLeased: true }]);
    await triggerCompany(db, 'meanwhile');
    await finish(db, quick);
    await finish(db, slow);
    expect(causesOf(await claim())).toEqual(['meanwhile']);
  });

  it('is not postponed by one whose lease has ended', async () => {
    await triggerCompany(db, 'first');
    const [slow] = await claim(-1);
    await claim();
    await postpone(db, slow as Task, 'too late');
    expect(await waiting()).toMatchObject([{ isLeased: true, attempts: 0 }]);
  });

  it('is left alone by others while it is leased, whoever asks at the same time', async () => {
    await trigger(
      db,
      Array.from({ length: 40 }, (_, n) => ({ kind: 'company' as const, entity: `${n}`, causes: [] })),
    );
    const taken = (await Promise.all(Array.from({ length: 4 }, () => claimDue(db, 10, 60)))).flat().map(({ entity }) => entity);
    const rest = await claimDue(db, 40, 60);
    expect(new Set([...taken, ...rest.map(({ entity }) => entity)]).size).toBe(40);
    expect(taken.length + rest.length).toBe(40);
  });
});

describe('an entity that cannot be computed', () => {
  const pauses = async (tx: Database): Promise<number> => {
    const { rows } = await sql<{ seconds: number }>`
      select round(extract(epoch from due_at - now()))::int as seconds from attribution_recalculation`.execute(tx);
    return rows[0]?.seconds ?? -1;
  };

  it('is tried again after pauses that double, up to ten minutes', async () => {
    await triggerCompany(db, 'first');
    const seen: number[] = [];
    for (let attempt = 1; attempt <= 12; attempt++) {
      const [task] = await claim();
      // In one transaction it is the same instant throughout.
      await db.transaction().execute(async (tx) => {
        await postpone(tx, task as Task, 'refused');
        seen.push(await pauses(tx));
      });
      expect(await claim()).toEqual([]);
      await passDelays(db);
    }
    expect(seen).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600, 600]);
  });

  it('waits for its pause, and its failures still count, when it is triggered meanwhile', async () => {
    await triggerCompany(db, 'first');
    const [task] = await claim();
    expect(await postpone(db, task as Task, 'refused')).toBe(1);
    await triggerCompany(db, 'meanwhile');
    expect(await claim()).toEqual([]);
    await passDelays(db);
    const [again] = await claim();
    expect(again?.causes.map(({ via }) => via)).toEqual(['first', 'meanwhile']);
    expect(await postpone(db, again as Task, 'refused')).toBe(2);
  });

  it('keeps no other from being computed, alerts once, and is forgotten as soon as it can be', async () => {
    await sql`
      create function bi.refuse() returns trigger language plpgsql as
      $$ begin if new.company = 41 then raise exception 'company 41 is refused'; end if; return new; end $$`.execute(db);
    await sql`create trigger refuse before insert or update on bi.company_profile_attribution for each row execute function bi.refuse()`.execute(
      db,
    );
    const alerts: { alert: { name: string; subject: string } }[] = [];
    const log = Object.create(quiet, { error: { value: (alert: (typeof alerts)[number]) => alerts.push(alert) } });
    const sessions = [40, 41, 42, 43, 44].map((company) =>
      buildSession(company, company, '2026-10-01T12:00:00.000Z', { companies: [company] }),
    );
    await saveEvents(db, sessions, new Set());
    const computed = async () =>
      (await sql<{ company: number }>`select company from company_profile_attribution order by company`.execute(db)).rows;
    await runDue(db, { ...runOptions, log });
    expect((await computed()).map(({ company }) => company)).toEqual([40, 42, 43, 44]);
    for (let attempt = 2; attempt <= 8; attempt++) {
      await triggerCompany(db, 'another');
      await saveEvents(db, [buildSession(100 + attempt, 41, '2026-10-02T12:00:00.000Z', { companies: [41] })], new Set());
      await passDelays(db);
      await runDue(db, { ...runOptions, log });
    }
    expect(alerts.map(({ alert }) => `${alert.name} ${alert.subject}`)).toEqual(['recalculation-failing company 41']);
    const figures = await sql<{ failed: number }>`select sum(failed)::int as failed from recalculation_figures`.execute(db);
    expect(figures.rows).toEqual([{ failed: 8 }]);

    await sql`drop trigger refuse on bi.company_profile_attribution`.execute(db);
    await passDelays(db);
    await runDue(db, { ...runOptions, log });
    expect((await computed()).map(({ company }) => company)).toEqual([40, 41, 42, 43, 44]);
    const kept = await sql<{ attempts: number; problem: string | null }>`
      select attempts, problem from attribution_recalculation where entity = '41'`.execute(db);
    expect(kept.rows).toEqual([{ attempts: 0, problem: null }]);
  });
});
