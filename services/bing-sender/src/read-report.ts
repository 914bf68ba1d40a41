import type { DayCount } from '@waybill/shared/sender';
import { z } from 'zod';
import type { Goal } from './goals.ts';

// What is known of the report is Microsoft's pages of 2026-08: its fields, at most seven days and a hundred goals for each question. They do
// not say whether adjustments are among its counts.
const mostDays = 7;
const mostGoals = 100;

const countOf = z.coerce.number().int().min(0);
const daySchema = z.looseObject({
  /** The day on which Microsoft took the conversions, not theirs. */
  UploadDate: z.string().min(10),
  SuccessCount: countOf.nullish(),
  UnattributedCount: countOf.nullish(),
  Alerts: z.array(z.looseObject({ UnattributedReason: z.string(), Count: countOf })).nullish(),
});
/** https://learn.microsoft.com/advertising/campaign-management-service/getofflineconversionreportbygoalids */
const reportSchema = z.looseObject({
  OfflineGoalConversionSummaries: z
    .array(z.looseObject({ GoalId: z.coerce.string(), DailySummaries: z.array(daySchema).nullish() }).nullable())
    .nullish(),
  /** Of goals whose counts could not be fetched; `Index` is the goal's place in the question. */
  PartialErrors: z
    .array(
      z
        .looseObject({ Code: z.coerce.number().nullish(), ErrorCode: z.string().nullish(), Index: z.coerce.number().int().nullish() })
        .nullable(),
    )
    .nullish(),
});

/** Why Microsoft did not count a conversion that it had taken. https://learn.microsoft.com/advertising/campaign-management-service/offlineconversionunattributedreason */
const sentences: Record<string, string> = {
  AdjustmentOriginalNotFound: 'it is an adjustment of a conversion that Microsoft does not have; see whether that one was counted',
  ConversionAlreadyRetracted: 'it is an adjustment of a conversion that was retracted before; nothing is to be done',
  DuplicateConversionKey:
    'Microsoft has a conversion of this click, goal, time and hashes already; nothing is to be done after a repeated request',
  ConversionTimeExceedsMaxLookback: 'the conversion is older than 90 days; send it sooner',
  ConversionTimeInFuture: 'the conversion time is in the future for Microsoft; look at the clock of its source',
  GoalNotFoundOrInactive: 'the goal is gone or paused; mend it in Microsoft Advertising',
  ClickTimestampAfterConversion: 'the conversion time is before the click as Microsoft recorded it; look at the clock of its source',
  NoMatchingClickFound: 'Microsoft knows no such click; it may be of another customer, or not of an ad',
  MissingMatchIdentifiers: 'there was no click id, and no click was found by the hashes; send the click id where it is known',
  OutsideGoalLookbackWindow: "the click is outside the goal's conversion window; widen it for the next ones",
  AccountMismatch: 'the click is of another account; send the conversion there',
  MalformedData: 'the row has characters that Microsoft cannot read; look at the goal name and the click id',
  HistoricalClickDataExpired: 'the click is older than 90 days, too old for Microsoft to find again; send it sooner',
  Unknown: 'Microsoft gives no reason; ask its support',
};
const unnamed = { code: 'UNATTRIBUTED', reason: 'Microsoft did not count it and names no reason; ask its support' };

function* daysBetween(from: string, to: string): Generator<string> {
  for (let ms = Date.parse(from); ms <= Date.parse(to); ms += 86_400_000) yield new Date(ms).toISOString().slice(0, 10);
}

const partsOf = <T>(all: T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, part) => all.slice(part * size, (part + 1) * size));

/** Goals and days, both ends inclusive, that one question may be about. */
export interface ReportSpan {
  goals: Goal[];
  from: string;
  to: string;
}

/** Splits goals and days so that no part is more than Microsoft tells at once. */
export function toSpans(goals: Goal[], from: string, to: string): ReportSpan[] {
  const stretches = partsOf([...daysBetween(from, to)], mostDays);
  return stretches.flatMap((days) =>
    partsOf(goals, mostGoals).map((some) => ({ goals: some, from: days[0] as string, to: days.at(-1) as string })),
  );
}

/** The question for a report. */
export const askReport = ({ goals, from, to }: ReportSpan) => ({
  StartDateUtc: `${from}T00:00:00Z`,
  EndDateUtc: `${to}T23:59:59Z`,
  GoalIds: goals.map(({ id }) => id),
  UploadChannelFilter: 'CampaignManagementAPI',
});

export type Report =
  /** `failed`: the goals that Microsoft could not tell of, with its code; they are not among the counts. */
  { kind: 'told'; counts: DayCount[]; failed: { goal: string; code: string }[] } | { kind: 'unknown'; problem: string };

type Day = z.infer<typeof daySchema>;

function toCount(action: string, day: string, summaries: Day[]): DayCount {
  const sum = (of: (summary: Day) => number): number => summaries.reduce((total, summary) => total + of(summary), 0);
  const alerts = Map.groupBy(
    summaries.flatMap(({ Alerts }) => Alerts ?? []),
    ({ UnattributedReason }) => UnattributedReason,
  );
  const told = [...alerts].map(([code, all]) => ({
    ...{ code, reason: sentences[code] ?? 'the table of reasons does not know this one; look it up at Microsoft' },
    count: all.reduce((total, { Count }) => total + Count, 0),
  }));
  const rest = sum(({ UnattributedCount }) => UnattributedCount ?? 0) - told.reduce((total, { count }) => total + count, 0);
  const reasons = rest > 0 ? [...told, { ...unnamed, count: rest }] : told;
  return { action, day, counted: sum(({ SuccessCount }) => SuccessCount ?? 0), reasons };
}

/** Reads a report: every goal on every day, with nothing counted where it tells of none. */
export function readReport(body: unknown, { goals, from, to }: ReportSpan): Report {
  const read = reportSchema.safeParse(body);
  if (!read.success) return { kind: 'unknown', problem: 'the report of goals came in a form that is not known' };
  const errors = (read.data.PartialErrors ?? []).filter((error) => error !== null);
  const failed = errors.map(({ Code, ErrorCode, Index }) => ({
    goal: goals[Index ?? -1]?.name ?? null,
    code: ErrorCode ?? String(Code ?? 'UNNAMED'),
  }));
  const stray = failed.find(({ goal }) => goal === null);
  // An error that names no goal may be any goal's: none of the zeros would be known to be one.
  if (stray !== undefined)
    return { kind: 'unknown', problem: `the report of goals came with the error ${stray.code}, which names no goal` };
  const byGoalAndDay = Map.groupBy(
    (read.data.OfflineGoalConversionSummaries ?? []).flatMap((summary) =>
      (summary?.DailySummaries ?? []).map((day) => ({ at: `${summary?.GoalId} ${day.UploadDate.slice(0, 10)}`, day })),
    ),
    ({ at }) => at,
  );
  const isTold = ({ name }: Goal): boolean => failed.every(({ goal }) => goal !== name);
  const counts = goals.filter(isTold).flatMap(({ id, name }) =>
    [...daysBetween(from, to)].map((day) =>
      toCount(
        name,
        day,
        (byGoalAndDay.get(`${id} ${day}`) ?? []).map((one) => one.day),
      ),
    ),
  );
  return { kind: 'told', counts, failed: failed.flatMap(({ goal, code }) => (goal === null ? [] : [{ goal, code }])) };
}
