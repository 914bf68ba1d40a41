import { z } from 'zod';

const goalSchema = z.looseObject({
  /** A 64-bit id: a string over REST. */
  Id: z.coerce.string(),
  Name: z.string(),
  Status: z.string().nullish(),
  ConversionWindowInMinutes: z.coerce.number().nullish(),
  IsEnhancedConversionsEnabled: z.boolean().nullish(),
});

/** An offline conversion goal of an account, as the preflight reads it. */
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
  AccountProperties: z.array(z.looseObject({ Name: z.string(), Value: z.string().nullish() })).nullish(),
});

/** The question for all offline conversion goals of an account. */
export const allGoals = { ConversionGoalIds: null, ConversionGoalTypes: 'OfflineConversion' };
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
    return [{ id: Id, name: Name, isActive: Status !== 'Paused', windowDays, takesHashes: IsEnhancedConversionsEnabled ?? null }];
  });
}

/** Whether the account writes msclkid into the addresses of its ads; null where the answer does not say. */
export function readAutoTagging(body: unknown): boolean | null {
  const value = propertiesSchema.safeParse(body).data?.AccountProperties?.find(({ Name }) => Name === autoTagging)?.Value;
  return value === undefined || value === null ? null : value.toLowerCase() === 'true';
}

/** Something of an account that will cost conversions; nothing of it stops the sender. */
export interface GoalProblem {
  account: string;
  goal: string;
  detail: string;
}

/** What of an account does not fit the conversions that will be sent to it. `wanted`: the names of goals that DESTINATIONS_FILE gives. */
export function decideGoalProblems(account: string, wanted: string[], goals: Goal[], isTagging: boolean | null): GoalProblem[] {
  const byName = new Map(goals.map((goal) => [goal.name, goal]));
  const ofGoals = wanted.flatMap((name): GoalProblem[] => {
    const goal = byName.get(name);
    const tell = (detail: string): GoalProblem[] => [{ account, goal: name, detail }];
    if (goal === undefined)
      return tell('the account has no offline conversion goal of this name; create it, or mend the action in DESTINATIONS_FILE');
    if (!goal.isActive) return tell('the goal is paused; activate it in Microsoft Advertising');
    if (goal.takesHashes === false)
      return tell('the goal does not take hashes; conversions without a click wait until enhanced conversions are enabled on it');
    return [];
  });
  if (isTagging !== false) return ofGoals;
  const detail = 'auto-tagging of msclkid is off, so that no click of the account can be told; turn it on in Microsoft Advertising';
  return [...ofGoals, { account, goal: '', detail }];
}
