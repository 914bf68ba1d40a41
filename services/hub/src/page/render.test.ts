import { describe, expect, it } from '@jest/globals';
import type { Recalculations } from '../attribution/find-recalculations.ts';
import type { Life } from '../life.ts';
import type { Reconciled } from '../reconcile/decide-reconciliation.ts';
import type { Runs } from '../runs.ts';
import type { ReasonCount, Standing, Standings } from '../standings.ts';
import { describeMs } from './attribution-section.ts';
import { type Frame, renderUnreachable } from './frame.ts';
import { html, trusted } from './html.ts';
import { describeMoney, sumMoney } from './money.ts';
import { renderConsole, type Watch } from './render-console.ts';
import { renderLife } from './render-life.ts';

const hostile = `"><script>alert('x')</script>&`;
const harmless = '&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;';
const now = new Date('2026-11-20T12:00:00Z');
const frame: Frame = { label: undefined, search: '', now, businessNow: now };
const nothing: Standings = { standings: [], stuck: [], lastReasons: [], decisions: [] };
const noRuns: Runs = { sync: [], eligibility: [] };

const standing = (changes: Partial<Standing>): Standing => ({
  platform: 'google',
  conversionType: 'google.paid',
  candidates: 10,
  published: 10,
  sent: 7,
  duplicate: 0,
  rejected: 1,
  waiting: 2,
  config: 0,
  held: 0,
  nextRetryAt: null,
  unclaimed: 0,
  value: {},
  ...changes,
});
const reason = (changes: Partial<ReasonCount>): ReasonCount => ({
  platform: 'google',
  kind: 'rejected',
  code: 'EXPIRED',
  reason: 'the click is too old',
  conversions: 1,
  attempts: 1,
  lastAt: new Date('2026-11-20T11:58:00Z'),
  ...changes,
});
const textOf = (page: string): string => page.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');

const idle: Recalculations = { waiting: 0, due: 0, overdue: 0, oldestDueAt: null, failing: 0, failures: [], today: [] };
const quiet: Watch = { alerts: [], lanes: [], reconciliation: [], attribution: { recalculations: idle, unresolved: [] } };

describe('html', () => {
  it.each([
    ['text is escaped', html`<p>${hostile}</p>`, `<p>${harmless}</p>`],
    ['text in an attribute is escaped', html`<i title="${hostile}"></i>`, `<i title="${harmless}"></i>`],
    ['a list is escaped part by part', html`${[hostile, html`<b>${'<'}</b>`]}`, `${harmless}<b>&lt;</b>`],
    ['markup is not escaped twice', html`<p>${html`<b>${'&'}</b>`}${trusted('<br>')}</p>`, '<p><b>&amp;</b><br></p>'],
    ['zero is shown and null is not', html`${0}${null}`, '0'],
  ])('%s', (_, made, expected) => {
    expect(made.markup).toBe(expected);
  });
});

describe('every text from outside', () => {
  const life: Life = {
    subject: hostile,
    verdict: hostile,
    sections: [
      { title: hostile, rows: [{ [hostile]: hostile, event: hostile, reason: hostile, code: hostile, client: hostile }], whenEmpty: '' },
      { title: 'empty', rows: [], whenEmpty: hostile },
    ],
  };
  const state: Standings = {
    standings: [
      standing({ platform: hostile, conversionType: hostile, value: { [hostile]: '1.00' } }),
      standing({ platform: hostile, conversionType: 'other' }),
    ],
    stuck: [reason({ platform: hostile, kind: hostile, code: hostile, reason: hostile })],
    lastReasons: [reason({ platform: hostile, kind: hostile, code: hostile, reason: hostile })],
    decisions: [{ platform: hostile, conversionType: hostile, reason: hostile, count: 1 }],
  };
  const runs: Runs = {
    sync: [
      {
        runId: hostile,
        source: hostile,
        status: hostile,
        startedAt: now,
        finishedAt: now,
        sourceModifiedAt: null,
        rowsRead: 1,
        rowsChanged: 1,
        rowsQuarantined: 0,
        problem: hostile,
      },
    ],
    eligibility: [
      {
        runId: hostile,
        startedAt: now,
        finishedAt: now,
        isFull: true,
        considered: 1,
        eligible: 1,
        candidates: 1,
        corrections: 0,
        problem: hostile,
      },
    ],
  };
  const reconciled: Reconciled = {
    ...{
      platform: hostile,
      account: hostile,
      action: hostile,
      day: hostile,
      eligible: 9,
      unclaimed: 1,
      waiting: 1,
      rejected: 1,
      accepted: 6,
    },
    ...{ counted: 3, uncounted: 1, untold: 1, unexplained: 1, strays: 1, sources: [hostile] },
    differences: [{ stage: 'rejected', code: hostile, reason: hostile, count: 1 }],
  };
  const hostileWatch: Watch = {
    alerts: [null, now].map((resolvedAt) => ({ name: 'lane-paused', subject: hostile, detail: hostile, beganAt: now, resolvedAt })),
    lanes: [{ platform: hostile, lane: hostile, kind: 'config', reason: hostile, configPauses: 1, until: now }],
    reconciliation: [reconciled],
    attribution: {
      recalculations: {
        ...idle,
        waiting: 1,
        failing: 1,
        failures: [{ kind: hostile, entity: hostile, attempts: 1, problem: hostile, retryAt: now }],
      },
      unresolved: [{ type: hostile, reason: hostile, clients: 1 }],
    },
  };
  const hostileFrame = { ...frame, label: hostile, search: hostile };
  const scriptsOfTheFrame = renderUnreachable(frame).split('<script').length;

  it.each([
    ['the console', renderConsole(state, runs, hostileWatch, hostileFrame)],
    ['a life', renderLife(life, hostileFrame)],
    ['a life that is not known', renderLife(null, hostileFrame)],
    ['the page without a database', renderUnreachable(hostileFrame)],
  ])('is text and never markup on %s', (_, page) => {
    expect(page).toContain(harmless);
    expect(page.split('<script').length).toBe(scriptsOfTheFrame);
    expect(page).not.toContain(hostile);
  });
});

describe('the console', () => {
  it('says what to do while nothing has been decided', () => {
    expect(textOf(renderConsole(nothing, noRuns, quiet, frame))).toContain('Nothing has been decided yet');
    expect(textOf(renderConsole(nothing, noRuns, quiet, frame))).toContain('npm start');
  });

  it('shows no empty state once something was decided, even without a candidate', () => {
    const decided = { ...nothing, decisions: [{ platform: 'google', conversionType: 'google.paid', reason: 'no-click', count: 3 }] };
    const text = textOf(renderConsole(decided, noRuns, quiet, frame));
    expect(text).not.toContain('Nothing has been decided yet');
    expect(text).toContain('There is no click of the platform');
  });

  it('adds the types up, each currency by itself, and says when the soonest attempt is', () => {
    const standings = [
      standing({ value: { USD: '1000.10', EUR: '5.00' }, nextRetryAt: new Date('2026-11-20T12:30:00Z') }),
      standing({ conversionType: 'google.mql_11', value: { USD: '0.20' }, nextRetryAt: new Date('2026-11-20T15:00:00Z') }),
    ];
    const text = textOf(renderConsole({ ...nothing, standings }, noRuns, quiet, frame));
    expect(text).toContain('all types 20 20 14 4 0 0 2 0 1,000.30 USD + 5.00 EUR');
    expect(text).toContain('next attempt in 30 min');
  });

  it('asks for a person only while something waits for one', () => {
    const lastReasons = [reason({ kind: 'config', code: 'UNKNOWN_ACTION' })];
    expect(renderConsole({ ...nothing, lastReasons }, noRuns, quiet, frame)).not.toContain('Needs a person');
    expect(renderConsole({ ...nothing, lastReasons, stuck: lastReasons }, noRuns, quiet, frame)).toContain('Needs a person');
  });

  it('tells a reason as a sentence, with its attempts where there were more than conversions', () => {
    const lastReasons = [reason({ conversions: 2, attempts: 5, kind: 'retry', code: 'HTTP_503', reason: 'the platform is down' })];
    const text = textOf(renderConsole({ ...nothing, lastReasons }, noRuns, quiet, frame));
    expect(text).toContain('google : 2 conversions kept for another attempt in 5 attempts HTTP_503 2 min ago the platform is down');
  });

  it('bears the label where there is one', () => {
    expect(renderConsole(nothing, noRuns, quiet, { ...frame, label: 'generated example company' })).toContain('generated example company');
    expect(renderConsole(nothing, noRuns, quiet, frame)).not.toContain('class="label"');
  });
});

describe('attribution', () => {
  const shown = (recalculations: Partial<Recalculations>, unresolved: Watch['attribution']['unresolved'] = []): string =>
    textOf(
      renderConsole(nothing, noRuns, { ...quiet, attribution: { recalculations: { ...idle, ...recalculations }, unresolved } }, frame),
    );
  const ago = (minutes: number): Date => new Date(now.getTime() - minutes * 60_000);

  it('is not shown where it has never computed anything', () => {
    expect(shown({})).not.toContain('Attribution');
  });

  it('tells what waits, what is due and what is overdue', () => {
    expect(shown({ waiting: 1_204 })).toMatch(/Attribution 1,204 entities wait for the next computation Nothing has been computed today/);
    expect(shown({ waiting: 5, due: 3, overdue: 1, oldestDueAt: ago(25) })).toContain(
      '5 entities wait for the next computation, 3 due now, the first for 25 min, 1 for more than 10 min',
    );
  });

  it('tells what fails with its problem and when it is tried again', () => {
    const failures = [{ kind: 'company', entity: '42', attempts: 6, problem: 'out of range', retryAt: ago(-5) }];
    expect(shown({ waiting: 1, failing: 1, failures })).toMatch(
      /1 entity waits for the next computation, 1 failing company 42 failed 6 times in a row again in 5 min out of range/,
    );
  });

  it('tells today’s computations by step, with how late they were', () => {
    const today = [{ step: 1, succeeded: 1_000, changed: 3, failed: 2, meanLateMs: 480, mostLateMs: 71_000 }];
    expect(shown({ today })).toContain('6 min after the last event 1,000 3 2 480 ms 1 min');
  });

  it('counts the clients that are nobody’s, by reason', () => {
    const unresolved = [
      { type: null, reason: 'belong to several alike', clients: 3 },
      { type: 'email', reason: 'is a role mailbox', clients: 2 },
    ];
    expect(shown({}, unresolved)).toMatch(/belong to several alike 3 met an email that is a role mailbox 2/);
  });

  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [1_000, '1.0 s'],
    [59_900, '59.9 s'],
    [60_000, '1 min'],
    [7_200_000, '2 h'],
  ])('%d ms are told as %s', (ms, expected) => {
    expect(describeMs(ms)).toBe(expected);
  });
});

describe('money', () => {
  it.each([
    ['cents do not drift', [{ USD: '0.10' }, { USD: '0.20' }], '0.30 USD'],
    ['thousands are grouped', [{ USD: '1234567.80' }], '1,234,567.80 USD'],
    ['a negative sum keeps its sign', [{ USD: '-0.05' }], '-0.05 USD'],
    ['amounts beyond the exact range of a float stay exact', [{ USD: '90071992547409.93' }, { USD: '0.01' }], '90,071,992,547,409.94 USD'],
    ['currencies are not mixed', [{ USD: '1.00' }, { EUR: '2.00' }], '1.00 USD + 2.00 EUR'],
    ['nothing is nothing', [{}], ''],
  ])('%s', (_, values: Record<string, string>[], expected) => {
    expect(describeMoney(sumMoney(values))).toBe(expected);
  });
});
