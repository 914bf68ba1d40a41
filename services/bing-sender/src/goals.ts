import { z } from 'zod';
import type { GoalUse } from './goal-uses.ts';

/** Microsoft's pages show truth values as text, its clients read them as JSON's own. */
const truth = z.union([z.boolean(), z.string().transform((text) => text.toLowerCase() === 'true')]);

const goalSchema = z.looseObject({
  /** A 64-bit id: a string over REST. */
  Id: z.coerce.string(),
  Name: z.string(),
  Status: z.string().nullish(),
  ConversionWindowInMinutes: z.coerce.number().nullish(),
  /** Told only where it is asked for. */
  IsEnhancedConversionsEnabled: truth.nullish(),
});

/** An offline conversion goal of an account, as the preflight reads it. Microsoft does not tell how old a goal is. */
export interface Goal {
  id: string;
  name: string;
  isActive: boolean;
  /** Null where Microsoft does not say. */
  windowDays: number | null;
  takesHashes: boolean | null;
}

/** https://learn.microsoft.com/advertising/campaign-management-service/getconversiongoalsbyids */
const goalsSchema = z.looseObject({ ConversionGoals: z.array(goalSchema.nullable()).nullish() });
/** https://learn.microsoft.com/advertising/campaign-management-service/getaccountproperties */
const propertiesSchema = z.looseObject({
  AccountProperties: z.array(z.looseObject({ Name: z.string(), Value: z.string().nullish() }).nullable()).nullish(),
});

/** The question for all offline conversion goals of an account. https://learn.microsoft.com/advertising/campaign-management-service/conversiongoaladditionalfield */
export const allGoals = {
  ConversionGoalIds: null,
  ConversionGoalTypes: 'OfflineConversion',
  ReturnAdditionalFields: 'IsEnhancedConversionsEnabled',
};
const autoTagging = 'MSCLKIDAutoTaggingEnabled';
export const taggingProperty = { AccountPropertyNames: [autoTagging] };

/** Reads the goals of an account; null where the answer is in no known form. */
export function readGoals(body: unknown): Goal[] | null {
  const read = goalsSchema.safeParse(body);
  if (!read.success) return null;
  return (read.data.ConversionGoals ?? []).flatMap((goal) => {
    if (goal === null) return [];
    const { Id, Name, Status, ConversionWindowInMinutes, IsEnhancedConversionsEnabled } = goal;
    const windowDays = ConversionWindowInMinutes ? ConversionWindowInMinutes / (24 * 60) : null;
    return [
      { id: Id, name: Name, isActive: (Status ?? 'Active') === 'Active', windowDays, takesHashes: IsEnhancedConversionsEnabled ?? null },
    ];
  });
}

/** Whether the account writes msclkid into the addresses of its ads; null where the answer does not say. */
export function readAutoTagging(body: unknown): boolean | null {
  const value = propertiesSchema.safeParse(body).data?.AccountProperties?.find((property) => property?.Name === autoTagging)?.Value;
  return value === undefined || value === null ? null : value.toLowerCase() === 'true';
}

/** Something of an account that will cost conversions; nothing of it stops the sender. */
export interface GoalProblem {
  account: string;
  goal: string;
  detail: string;
}

const days = (count: number): string => `${Math.round(count * 10) / 10}`;

/** What is wrong with one goal as it is used; null where nothing is. */
function problemOf({ sendsHashes, longestDays }: GoalUse, goal: Goal | undefined): string | null {
  if (goal === undefined)
    return 'the account has no offline conversion goal of this name; create it, or mend the action in DESTINATIONS_FILE';
  if (!goal.isActive) return 'the goal is paused; activate it in Microsoft Advertising';
  if (goal.takesHashes === false && sendsHashes)
    return 'the goal does not take hashes and conversions with hashes come for it; enable enhanced conversions on it, they wait until then';
  if (goal.windowDays !== null && longestDays > goal.windowDays)
    return `conversions come up to ${days(longestDays)} days after their click and the goal's window is ${days(goal.windowDays)} days; widen it, or Microsoft refuses the later ones`;
  return null;
}

/** What of an account does not fit the conversions that are sent to it. */
export function decideGoalProblems(account: string, uses: GoalUse[], goals: Goal[], isTagging: boolean | null): GoalProblem[] {
  const byName = new Map(goals.map((goal) => [goal.name, goal]));
  const ofGoals = uses.flatMap((use): GoalProblem[] => {
    const detail = problemOf(use, byName.get(use.name));
    return detail === null ? [] : [{ account, goal: use.name, detail: `goal ${use.name} of account ${account}: ${detail}` }];
  });
  if (isTagging !== false) return ofGoals;
  const detail = `auto-tagging of msclkid is off in account ${account}, so that no click of it can be told; turn it on in Microsoft Advertising`;
  return [...ofGoals, { account, goal: '', detail }];
}
