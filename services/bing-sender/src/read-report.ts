import type { DayCount, Told } from '@waybill/shared/sender';
import { z } from 'zod';
import type { Goal } from './goals.ts';

const countOf = z.coerce.number().int().min(0);
/** https://learn.microsoft.com/advertising/campaign-management-service/offlinegoalconversionsummary */
const reportSchema = z.looseObject({
  OfflineGoalConversionSummaries: z
    .array(
      z.looseObject({
        GoalId: z.coerce.string(),
        DailySummaries: z
          .array(
            z.looseObject({
              /** The day on which Microsoft took the conversions. */
              UploadDate: z.string().min(10),
              SuccessCount: countOf.nullish(),
              UnattributedCount: countOf.nullish(),
              Alerts: z.array(z.looseObject({ UnattributedReason: z.string(), Count: countOf })).nullish(),
            }),
          )
          .nullish(),
      }),
    )
    .nullish(),
});

/** Why Microsoft did not count a conversion that it had taken. https://learn.microsoft.com/advertising/campaign-management-service/offlineconversionunattributedreason */
const sentences: Record<string, string> = {
  DuplicateConversionKey: 'Microsoft has a conversion of this click, goal and time already',
  NoMatchingClickFound: 'Microsoft knows no such click; it may be of another account, or not of an ad',
  MissingMatchIdentifiers: 'the row had nothing to be matched by',
  AccountMismatch: 'the click is of another account; send the conversion there',
  GoalNotFoundOrInactive: 'the goal is gone or paused; mend it in Microsoft Advertising',
  OutsideGoalLookbackWindow: "the click is outside the goal's conversion window; widen it for the next ones",
  ClickTimestampAfterConversion: 'the conversion time is before the click as Microsoft recorded it',
  HistoricalClickDataExpired: 'the click is too old for Microsoft to be found again',
};

/** The question for a report of goals over days, both inclusive. */
export const askReport = (goals: Goal[], from: string, to: string) => ({
  StartDateUtc: `${from}T00:00:00Z`,
  EndDateUtc: `${to}T23:59:59Z`,
  GoalIds: goals.map(({ id }) => id),
  UploadChannelFilter: 'CampaignManagementAPI',
});

function* daysBetween(from: string, to: string): Generator<string> {
  for (let ms = Date.parse(from); ms <= Date.parse(to); ms += 86_400_000) yield new Date(ms).toISOString().slice(0, 10);
}

const unnamed = { code: 'UNATTRIBUTED', reason: 'Microsoft did not count it and gives no reason' };

/** Reads a report: every goal on every day, with nothing counted where it tells of none. */
export function readReport(body: unknown, goals: Goal[], from: string, to: string): Told<DayCount> {
  const read = reportSchema.safeParse(body);
  if (!read.success) return { kind: 'unknown', problem: 'the report of goals came in a form that is not known' };
  const summaries = read.data.OfflineGoalConversionSummaries ?? [];
  const known = new Map(
    summaries.flatMap(({ GoalId, DailySummaries }) =>
      (DailySummaries ?? []).map((day) => [`${GoalId} ${day.UploadDate.slice(0, 10)}`, day] as const),
    ),
  );
  const counts = goals.flatMap(({ id, name }) =>
    [...daysBetween(from, to)].map((day): DayCount => {
      const { SuccessCount, UnattributedCount, Alerts } = known.get(`${id} ${day}`) ?? {};
      const told = (Alerts ?? []).map(({ UnattributedReason: code, Count: count }) => ({
        ...{ code, count, reason: sentences[code] ?? 'the table of reasons does not know this one' },
      }));
      const rest = (UnattributedCount ?? 0) - told.reduce((sum, { count }) => sum + count, 0);
      return { action: name, day, counted: SuccessCount ?? 0, reasons: rest > 0 ? [...told, { ...unnamed, count: rest }] : told };
    }),
  );
  return { kind: 'told', counts };
}
