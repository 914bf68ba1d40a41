import type { DayCount, Told } from '@waybill/shared/sender';
import type { GoalUses } from './goal-uses.ts';
import { allGoals, decideGoalProblems, type Goal, type GoalProblem, readAutoTagging, readGoals, taggingProperty } from './goals.ts';
import type { QueryName } from './microsoft-api.ts';
import { askReport, readReport, toSpans } from './read-report.ts';

export type Asked = { ok: true; body: unknown } | { ok: false; problem: string };

interface Sources {
  /** Asks Microsoft a question about an account; answers the JSON of its answer, or what stood in the way. */
  ask(name: QueryName, account: string, question: object): Promise<Asked>;
  uses: GoalUses;
  /** Is told what will cost conversions. */
  tell(problem: GoalProblem): void;
}

/** Reads what Microsoft counted of each goal; before that it holds the goals against their use and tells what does not fit. Never throws. */
export function openGoalReport({ ask, uses, tell }: Sources): (account: string, from: string, to: string) => Promise<Told<DayCount>> {
  const fetchGoals = async (account: string): Promise<{ ok: true; goals: Goal[] } | { ok: false; problem: string }> => {
    // Looked up first: a goal that is used in the meantime need not be among those that are told.
    const used = uses.of(account);
    const asked = await ask('ConversionGoals/QueryByIds', account, allGoals);
    if (!asked.ok) return asked;
    const goals = readGoals(asked.body);
    if (goals === null) return { ok: false, problem: 'the goals of the account came in a form that is not known' };
    const tagging = await ask('AccountProperties/Query', account, taggingProperty);
    decideGoalProblems(account, used, goals, tagging.ok ? readAutoTagging(tagging.body) : null).forEach(tell);
    return { ok: true, goals };
  };

  return async (account, from, to) => {
    const fetched = await fetchGoals(account);
    if (!fetched.ok) return { kind: 'unknown', problem: fetched.problem };
    const counts: DayCount[] = [];
    for (const span of toSpans(fetched.goals, from, to)) {
      const asked = await ask('OfflineConversionReport/QueryByGoalIds', account, askReport(span));
      if (!asked.ok) return { kind: 'unknown', problem: asked.problem };
      const report = readReport(asked.body, span);
      if (report.kind === 'unknown') return report;
      counts.push(...report.counts);
      for (const { goal, code } of report.failed) {
        tell({
          account,
          goal,
          detail: `Microsoft could not tell what it counted of goal ${goal} of account ${account}: ${code}; it is asked again`,
        });
      }
    }
    return { kind: 'told', counts };
  };
}
