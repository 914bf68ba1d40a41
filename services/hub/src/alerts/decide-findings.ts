import { isUnexplained, type Reconciled } from '../reconcile/decide-reconciliation.ts';
import { counted, describeInstant, describeSpan } from '../wording.ts';
import type { Finding } from './finding.ts';

/** Accepted by a platform and neither counted nor explained by it, or sent without having been eligible. */
export function decideUnexplained(rows: Reconciled[]): Finding[] {
  return rows.filter(isUnexplained).map((row) => {
    const { platform, account, action, day, unexplained, strays, accepted, counted: there, sources } = row;
    const missing = `${unexplained} of ${accepted} are ${unexplained > 0 ? 'missing' : 'too many'} there (it counted ${there}), in ${sources.join(', ')}`;
    const stray = `${counted(strays, 'conversion')} went out without having been eligible`;
    const what = [...(unexplained === 0 ? [] : [missing]), ...(strays === 0 ? [] : [stray])].join('; ');
    const mend = `npm run reconcile -- --from ${day} --to ${day} --platform ${platform} --events names them`;
    return { name: 'unexplained-difference', subject: `${platform} ${account} ${action} ${day}`.trim(), detail: `${what}; ${mend}` };
  });
}

export interface ScoreAge {
  table: string;
  scoredAt: Date;
}

/** Scores that no model has renewed for longer than is allowed; a sync that copies old scores faithfully succeeds. */
export const decideOldScores = (ages: ScoreAge[], now: Date, allowedHours: number): Finding[] =>
  ages
    .filter(({ scoredAt }) => now.getTime() - scoredAt.getTime() > allowedHours * 3_600_000)
    .map(({ table, scoredAt }) => ({
      ...{ name: 'scores-old' as const, subject: table },
      detail: `the newest score is of ${describeInstant(scoredAt)}, ${describeSpan(scoredAt, now)} ago; look whether the model and sync still run`,
    }));

export interface PausedLane {
  platform: string;
  lane: string;
  kind: 'throttled' | 'config';
  reason: string;
  configPauses: number;
  until: Date;
}

const longThrottleMs = 30 * 60_000;
const longConfigPauses = 3;

/** Lanes that stand still for long: several probes in vain, or half an hour and more that the platform asked for. */
export const decidePausedLanes = (lanes: PausedLane[], now: Date): Finding[] =>
  lanes
    .filter(({ kind, configPauses, until }) =>
      kind === 'config' ? configPauses >= longConfigPauses : until.getTime() - now.getTime() > longThrottleMs,
    )
    .map(({ platform, lane, reason, until }) => ({
      ...{ name: 'lane-paused' as const, subject: `${platform} ${lane}` },
      detail: `nothing goes until ${describeInstant(until)}: ${reason}`,
    }));

/** Conversions of a platform that wait, the oldest since `since`. */
export interface Waiting {
  platform: string;
  code: string;
  reason: string;
  count: number;
  since: Date;
}

const longWaitMs = 60 * 60_000;

/** What waits for a person for more than an hour. */
export const decideStuck = (waiting: Waiting[], now: Date): Finding[] =>
  waiting
    .filter(({ since }) => now.getTime() - since.getTime() > longWaitMs)
    .map(({ platform, code, reason, count, since }) => ({
      ...{ name: 'conversions-stuck' as const, subject: `${platform} ${code}` },
      detail: `${counted(count, 'conversion')} wait, the first for ${describeSpan(since, now)}: ${reason}`,
    }));

/** Candidates of a platform that should have gone on by now. */
export interface Backlog {
  platform: string;
  unpublished: number;
  notTakenUp: number;
  /** Not settled, and so old that some platforms will soon refuse them. */
  nearlyTooOld: number;
  settledToday: number;
  rejectedToday: number;
}

const leastRejected = 20;
const manyRejected = 0.2;

/** What does not move, or moves the wrong way. */
export function decideBacklog(backlogs: Backlog[]): Finding[] {
  return backlogs.flatMap(({ platform, unpublished, notTakenUp, nearlyTooOld, settledToday, rejectedToday }): Finding[] => {
    const share = settledToday === 0 ? 0 : rejectedToday / settledToday;
    const found: [Finding['name'], boolean, string][] = [
      [
        'not-published',
        unpublished > 0,
        `${counted(unpublished, 'candidate')} wait to be published for more than a quarter of an hour; look at eligibility and Pub/Sub`,
      ],
      [
        'not-taken-up',
        notTakenUp > 0,
        `${counted(notTakenUp, 'candidate')} were published more than a quarter of an hour ago and no sender has them; look at the sender and its subscription`,
      ],
      [
        'nearly-too-old',
        nearlyTooOld > 0,
        `${counted(nearlyTooOld, 'conversion')} are more than five days old and not settled; a platform that takes a week will refuse them`,
      ],
      [
        'many-rejected',
        rejectedToday >= leastRejected && share > manyRejected,
        `${rejectedToday} of ${settledToday} were rejected in a day; the console's last reasons say why`,
      ],
    ];
    return found.filter(([, is]) => is).map(([name, , detail]) => ({ name, subject: platform, detail }));
  });
}

/** What attribution should have computed by now, for companies, contacts or clients. */
export interface RecalculationBacklog {
  kind: string;
  /** Due for longer than ten minutes, the oldest since `since`. */
  overdue: number;
  since: Date | null;
  /** Failed several times in a row; one of them with its problem. */
  failing: number;
  example: { entity: string; attempts: number; problem: string } | null;
}

const plurals: Record<string, string> = { company: 'companies' };
const countEntities = (count: number, kind: string): string => (count === 1 ? `1 ${kind}` : `${count} ${plurals[kind] ?? `${kind}s`}`);

/** Attribution that falls behind, or cannot compute something. */
export function decideRecalculations(backlogs: RecalculationBacklog[], now: Date): Finding[] {
  return backlogs.flatMap(({ kind, overdue, since, failing, example }): Finding[] => [
    ...(overdue === 0 || since === null
      ? []
      : [
          {
            ...{ name: 'recalculation-late' as const, subject: kind },
            detail: `${countEntities(overdue, kind)} should have been computed more than ten minutes ago, the first ${describeSpan(since, now)} ago; look whether attribution runs`,
          },
        ]),
    ...(failing === 0 || example === null
      ? []
      : [
          {
            ...{ name: 'recalculation-failing' as const, subject: kind },
            detail: `${countEntities(failing, kind)} cannot be computed, such as ${kind} ${example.entity}, ${example.attempts} times in a row: ${example.problem}`,
          },
        ]),
  ]);
}
