import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Accepted, AcceptedConversion } from '@waybill/shared/stand-in';
import { z } from 'zod';
import type { Goal } from './bing-rows.ts';

/** The most that one question may be about. */
const [mostDays, mostGoals] = [7, 100];
const dayMs = 24 * 60 * 60_000;

export const goalsQuestionSchema = z.object({
  ConversionGoalIds: z.array(z.string().regex(/^\d+$/)).max(mostGoals).nullish(),
  ConversionGoalTypes: z.string().regex(/OfflineConversion/),
  ReturnAdditionalFields: z.string().nullish(),
});

export const reportQuestionSchema = z
  .object({
    StartDateUtc: z.iso.datetime(),
    EndDateUtc: z.iso.datetime(),
    GoalIds: z.array(z.string().regex(/^\d+$/)).min(1).max(mostGoals),
    UploadChannelFilter: z.literal('CampaignManagementAPI'),
  })
  .refine(({ StartDateUtc, EndDateUtc }) => {
    const ms = Date.parse(EndDateUtc) - Date.parse(StartDateUtc);
    return ms >= 0 && ms <= mostDays * dayMs;
  });

/** `counted`, or Microsoft's reason why not. */
type Fate = string;

interface Noted {
  account: string;
  action: string;
  day: string;
  fate: Fate;
}

/** What Microsoft tells of what it took: its goals, and by goal and day of the upload how many conversions it counted, and why not the others. */
export class BingReport {
  readonly #accepted: Accepted;
  readonly #goals: Goal[] | undefined;
  readonly #file: string | undefined;
  /** Names in the order they were first seen; a goal's id is its place. */
  readonly #names: string[];
  readonly #counts = new Map<string, Noted & { count: number }>();

  /** `file`: where what was noted is kept between starts; unset: in memory. */
  constructor(accepted: Accepted, goals: Goal[] | undefined, file?: string) {
    this.#accepted = accepted;
    this.#goals = goals;
    this.#file = file;
    this.#names = goals?.map(({ name }) => name) ?? [...new Set(accepted.list().map(({ action }) => action))];
    if (file === undefined) return;
    mkdirSync(dirname(file), { recursive: true });
    const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
    // A line that a kill cut off was never answered for.
    for (const line of lines) if (line.endsWith('}')) this.#count(JSON.parse(line) as Noted);
  }

  /** Notes what is about to be taken: what is known already is a duplicate, and what has no click or a goal that is paused is not counted. */
  note(account: string, conversions: AcceptedConversion[], hasClick: (conversion: AcceptedConversion) => boolean): void {
    const inRequest = new Set<string>();
    for (const conversion of conversions) {
      const { action, key } = conversion;
      if (!this.#names.includes(action)) this.#names.push(action);
      const isKnown = this.#accepted.has(key) || inRequest.has(key);
      inRequest.add(key);
      this.#note(account, action, isKnown ? 'DuplicateConversionKey' : this.#fateOf(action, hasClick(conversion)));
    }
  }

  /** Notes an adjustment that Microsoft took and could do nothing with. */
  noteAdjustment(account: string, action: string, reason: 'AdjustmentOriginalNotFound' | 'ConversionAlreadyRetracted'): void {
    this.#note(account, action, reason);
  }

  describeGoals({ ConversionGoalIds: ids, ReturnAdditionalFields: fields }: z.infer<typeof goalsQuestionSchema>): object {
    const all = this.#names.map((name, place) => {
      const goal = this.#goals?.find((one) => one.name === name);
      const isEnhanced = goal?.isEnhancedConversionsEnabled ?? true;
      return {
        ...{ Id: `${place + 1}`, Name: name, Type: 'OfflineConversion', Status: goal?.isPaused === true ? 'Paused' : 'Active' },
        ...{ ConversionWindowInMinutes: goal?.conversionWindowInMinutes ?? 43_200, CountType: 'All', Scope: 'Account' },
        ...(fields?.includes('IsEnhancedConversionsEnabled') === true ? { IsEnhancedConversionsEnabled: isEnhanced } : {}),
      };
    });
    const wanted = ids === null || ids === undefined ? all : ids.map((id) => all.find(({ Id }) => Id === id) ?? null);
    return { ConversionGoals: wanted, PartialErrors: null };
  }

  describe(account: string, { StartDateUtc, EndDateUtc, GoalIds }: z.infer<typeof reportQuestionSchema>): object {
    const [from, to] = [StartDateUtc.slice(0, 10), EndDateUtc.slice(0, 10)];
    const isUntold = (id: string): boolean => {
      const name = this.#names[Number(id) - 1];
      return name === undefined || this.#goals?.find((goal) => goal.name === name)?.isUntold === true;
    };
    const errors = GoalIds.flatMap((id, Index) =>
      isUntold(id) ? [{ Code: 0, ErrorCode: 'InternalError', Index, Type: 'BatchError' }] : [],
    );
    const summaries = GoalIds.filter((id) => !isUntold(id)).map((id) => {
      const name = this.#names[Number(id) - 1] as string;
      const noted = [...this.#counts.values()].filter((one) => one.account === account && one.action === name);
      const ofDays = Map.groupBy(
        noted.filter(({ day }) => day >= from && day <= to),
        ({ day }) => day,
      );
      return { GoalId: id, ConversionName: name, DailySummaries: [...ofDays].map(([day, all]) => describeDay(id, day, all)) };
    });
    return { OfflineGoalConversionSummaries: summaries, PartialErrors: errors.length === 0 ? null : errors };
  }

  #fateOf(action: string, hasClick: boolean): Fate {
    if (this.#goals?.find(({ name }) => name === action)?.isPaused === true) return 'GoalNotFoundOrInactive';
    return hasClick ? 'counted' : 'NoMatchingClickFound';
  }

  #note(account: string, action: string, fate: Fate): void {
    // Of the real day, as the sender asks by it: business time is only what ages are judged by.
    const noted = { account, action, day: new Date().toISOString().slice(0, 10), fate };
    this.#count(noted);
    if (this.#file !== undefined) appendFileSync(this.#file, `${JSON.stringify(noted)}\n`);
  }

  #count({ account, action, day, fate }: Noted): void {
    const key = JSON.stringify([account, action, day, fate]);
    this.#counts.set(key, { account, action, day, fate, count: (this.#counts.get(key)?.count ?? 0) + 1 });
  }
}

function describeDay(goalId: string, day: string, all: { fate: Fate; count: number }[]): object {
  const failed = all.filter(({ fate }) => fate !== 'counted');
  const [success, unattributed] = [
    all.find(({ fate }) => fate === 'counted')?.count ?? 0,
    failed.reduce((sum, { count }) => sum + count, 0),
  ];
  return {
    ...{ GoalId: goalId, UploadDate: `${day}T00:00:00Z`, SuccessCount: success, UnattributedCount: unattributed },
    SuccessRate: Math.round((success / (success + unattributed)) * 1e6) / 1e6,
    Alerts: failed.map(({ fate, count }) => ({ UnattributedReason: fate, Count: `${count}` })),
  };
}
