import type { Accepted, AcceptedConversion } from '@waybill/shared/stand-in';
import { z } from 'zod';
import type { Goal } from './bing-rows.ts';

export const reportSchema = z.object({
  StartDateUtc: z.iso.datetime(),
  EndDateUtc: z.iso.datetime(),
  GoalIds: z.array(z.string().regex(/^\d+$/)).min(1),
  UploadChannelFilter: z.literal('CampaignManagementAPI'),
});

interface Day {
  success: number;
  duplicate: number;
}

/** What Microsoft tells of what it took: its goals, and by goal and day of the upload how many conversions it counted. */
export class BingReport {
  readonly #accepted: Accepted;
  readonly #goals: Goal[] | undefined;
  /** Names in the order they were first seen; a goal's id is its place. */
  readonly #names: string[];
  readonly #days = new Map<string, Day>();

  constructor(accepted: Accepted, goals: Goal[] | undefined) {
    this.#accepted = accepted;
    this.#goals = goals;
    this.#names = goals?.map(({ name }) => name) ?? [...new Set(accepted.list().map(({ action }) => action))];
  }

  /** Notes what is about to be taken; what is known already is a duplicate of the day. */
  note(account: string, conversions: AcceptedConversion[]): void {
    const day = new Date().toISOString().slice(0, 10);
    const inRequest = new Set<string>();
    for (const { action, key } of conversions) {
      if (!this.#names.includes(action)) this.#names.push(action);
      const at = `${account} ${action} ${day}`;
      const known = this.#days.get(at) ?? { success: 0, duplicate: 0 };
      if (this.#accepted.has(key) || inRequest.has(key)) known.duplicate += 1;
      else known.success += 1;
      inRequest.add(key);
      this.#days.set(at, known);
    }
  }

  describeGoals(_account: string): object[] {
    return this.#names.map((name, place) => {
      const goal = this.#goals?.find((one) => one.name === name);
      return {
        ...{ Id: `${place + 1}`, Name: name, Type: 'OfflineConversion', Status: goal?.isPaused === true ? 'Paused' : 'Active' },
        ...{ ConversionWindowInMinutes: goal?.conversionWindowInMinutes ?? 43_200, CountType: 'All' },
        IsEnhancedConversionsEnabled: goal?.isEnhancedConversionsEnabled ?? true,
      };
    });
  }

  describe(account: string, { StartDateUtc, EndDateUtc, GoalIds }: z.infer<typeof reportSchema>): object {
    const [from, to] = [StartDateUtc.slice(0, 10), EndDateUtc.slice(0, 10)];
    const summaries = GoalIds.flatMap((id) => {
      const name = this.#names[Number(id) - 1];
      if (name === undefined) return [];
      const days = [...this.#days].filter(([at]) => at.startsWith(`${account} ${name} `) && at.slice(-10) >= from && at.slice(-10) <= to);
      const DailySummaries = days.map(([at, { success, duplicate }]) => ({
        ...{ GoalId: id, UploadDate: `${at.slice(-10)}T00:00:00Z`, SuccessCount: success, UnattributedCount: duplicate },
        Alerts: duplicate === 0 ? [] : [{ UnattributedReason: 'DuplicateConversionKey', Count: `${duplicate}` }],
      }));
      return [{ GoalId: id, ConversionName: name, DailySummaries }];
    });
    return { OfflineGoalConversionSummaries: summaries, PartialErrors: null };
  }
}
