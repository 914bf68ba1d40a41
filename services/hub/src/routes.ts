import type { Clock } from '@waybill/shared/config';
import { type Database, isConnectionError } from '@waybill/shared/db';
import type { HttpAnswer, Route } from '@waybill/shared/service';
import { findAlerts } from './alerts/evaluate.ts';
import { findPausedLanes } from './alerts/find-facts.ts';
import { findRecalculations, findUnresolved } from './attribution/find-recalculations.ts';
import { findLife, type Life } from './life.ts';
import { type Frame, renderFrame, renderUnreachable } from './page/frame.ts';
import { fullReconciliationSection } from './page/reconciliation-section.ts';
import { renderConsole } from './page/render-console.ts';
import { renderLife } from './page/render-life.ts';
import { findReconciliation } from './reconcile/find-reconciliation.ts';
import { findLastRuns, findRuns } from './runs.ts';
import { findStandings } from './standings.ts';
import { readSubject, type Subject } from './subject.ts';

const shownRuns = 50;
const shownAlerts = 20;
const shownDays = 7;
const reconciliationMs = 30_000;
const unresolvedMs = 30_000;
const dayMs = 86_400_000;

const toPage = (status: number, body: string): HttpAnswer => ({ status, type: 'text/html; charset=utf-8', body });

/** Reads the subject of `?id=cv_…`, `?company=42`, `?contact=7` or `?client=UUID`. */
function readQuery(query: URLSearchParams): Subject | null {
  const [name, value] = [...query].find(([key]) => ['id', 'company', 'contact', 'client'].includes(key)) ?? [];
  if (name === undefined || value === undefined) return null;
  return readSubject(name === 'id' ? value : `${name} ${value}`);
}

/** Requests that come while a reading is under way share it: many open pages cost the database no more than one. */
function shareRunning<T>(read: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | null = null;
  return () => {
    running ??= read().finally(() => {
      running = null;
    });
    return running;
  };
}

/** Answers for a while what was read last; reading takes long beside the seconds in which open pages ask again. */
function rememberFor<T>(ms: number, read: () => Promise<T>): () => Promise<T> {
  let known: { until: number; value: Promise<T> } | null = null;
  return () => {
    if (known !== null && Date.now() < known.until) return known.value;
    const value = read();
    known = { until: Date.now() + ms, value };
    value.catch(() => {
      known = null;
    });
    return value;
  };
}

/** Everything that the hub answers over HTTP: the console's pages, and the same as JSON. It only reads. */
export function buildRoutes(db: Database, { label, clock }: { label: string | undefined; clock: Clock }): Record<string, Route> {
  const readReconciliation = rememberFor(reconciliationMs, () => {
    const to = Date.now();
    const toDay = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
    return findReconciliation(db, { from: toDay(to - (shownDays - 1) * dayMs), to: toDay(to), platform: null, account: null });
  });
  const readUnresolved = rememberFor(unresolvedMs, () => findUnresolved(db));
  const readAttribution = shareRunning(async () => ({ recalculations: await findRecalculations(db), unresolved: await readUnresolved() }));
  const readState = shareRunning(() => Promise.all([findStandings(db), findLastRuns(db)]));
  const readWatch = shareRunning(async () => ({
    alerts: await findAlerts(db, shownAlerts),
    lanes: await findPausedLanes(db),
    reconciliation: await readReconciliation(),
    attribution: await readAttribution(),
  }));
  const lifeOf = async (subject: Subject | null): Promise<Life | null> => (subject === null ? null : findLife(db, subject, clock.now()));

  const page =
    (render: (frame: Frame) => Promise<HttpAnswer>): Route =>
    async ({ url }) => {
      const frame = { label, search: url.searchParams.get('of') ?? '', now: new Date(), businessNow: clock.now() };
      try {
        return await render(frame);
      } catch (error) {
        if (!isConnectionError(error)) throw error;
        return toPage(503, renderUnreachable(frame));
      }
    };

  return {
    'GET /': page(async (frame) => {
      const [[standings, runs], watch] = await Promise.all([readState(), readWatch()]);
      return toPage(200, renderConsole(standings, runs, watch, { ...frame, search: '' }));
    }),
    'GET /reconciliation': page(async (frame) =>
      toPage(200, renderFrame({ ...frame, search: '' }, fullReconciliationSection(await readReconciliation()))),
    ),
    'GET /api/reconciliation': async () => ({ status: 200, body: await readReconciliation() }),
    'GET /api/attribution': async () => ({ status: 200, body: await readAttribution() }),
    'GET /api/alerts': async () => ({ status: 200, body: await findAlerts(db, 200) }),
    'GET /life': page(async (frame) => {
      const life = await lifeOf(readSubject(frame.search));
      return toPage(life === null ? 404 : 200, renderLife(life, frame));
    }),
    'GET /api/standings': async () => {
      const [standings, lastRuns] = await readState();
      return { status: 200, body: { label: label ?? null, ...standings, lastRuns } };
    },
    'GET /api/events': async ({ url }) => {
      const subject = readQuery(url.searchParams);
      if (subject === null) return { status: 400, body: { error: 'ask for ?id=cv_…, ?company=42, ?contact=7 or ?client=UUID' } };
      const life = await lifeOf(subject);
      return life === null ? { status: 404, body: { error: 'nothing is known of it' } } : { status: 200, body: life };
    },
    'GET /api/runs': async () => ({ status: 200, body: await findRuns(db, shownRuns) }),
  };
}
