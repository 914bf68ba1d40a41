import type { DecisionReason } from '@waybill/shared/conversion';
import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';
import { fillConsidered, type Grain, type View } from '../decide/considered.ts';
import { createPageTables, fillDecided } from '../decide/decided.ts';
import { fillPendingEntities, findPendingPage } from '../decide/pending-entities.ts';
import type { Rule } from '../decide/rule.ts';

const pageEntities = 2_000;

/** What a rule says of one entity. */
export interface Evaluated {
  conversionType: string;
  entity: number;
  reason: DecisionReason;
  value: number;
  currency: string | null;
  campaign: string;
  /** Whether its candidate is written already. */
  isKnown: boolean;
}

interface Options {
  view: View;
  scoresMaxAgeHours: number;
}

/** Decides one page in a transaction that can write nothing but its own temporary tables. */
async function evaluatePage(
  db: Database,
  rules: Rule[],
  grain: Grain,
  page: number[],
  { view, scoresMaxAgeHours }: Options,
): Promise<Evaluated[]> {
  if (rules.length === 0) return [];
  return db
    .transaction()
    .setAccessMode('read only')
    .execute(async (tx) => {
      await fillConsidered(tx, rules, grain, page, view);
      await fillDecided(tx, rules, grain, { now: view.now, scoresMaxAgeHours });
      const { rows } = await sql<Omit<Evaluated, 'conversionType'> & { type: number }>`
        select d.type, d.entity, d.reason, coalesce(d.value, 0)::float8 as value, d.currency, coalesce(v.campaign, '(none)') as campaign,
               known.event_id is not null as "isKnown"
        from decided d
        join unnest(${rules.map((_, index) => index)}::integer[], ${rules.map(({ type }) => type.name)}::text[],
                    ${rules.map(({ type }) => type.platform)}::text[]) as t (type, name, platform) using (type)
        left join visits v on v.visit_id = d.visit_id
        left join conversion_candidate known
          on known.platform = t.platform and known.conversion_type = t.name and known.occurrence_key = d.occurrence_key`.execute(tx);
      return rows.map(({ type, ...row }) => ({ ...row, conversionType: (rules[type] as Rule).type.name }));
    });
}

/** Decides several catalogues over the same entities, and hands on what each says of a page, in their order. Nothing is saved, nothing is sent. */
export async function evaluateCatalogues(
  db: Database,
  catalogues: Rule[][],
  options: Options,
  onPage: (evaluated: Evaluated[][]) => void,
): Promise<void> {
  await db.connection().execute(async (connection) => {
    await createPageTables(connection);
    for (const grain of ['company', 'contact'] as const) {
      const ofGrain = catalogues.map((rules) => rules.filter(({ type }) => type.grain === grain));
      if (ofGrain.flat().length === 0) continue;
      await fillPendingEntities(connection, ofGrain.flat(), grain, options.view, null);
      for (let page = await findPendingPage(connection, 0, pageEntities); page.length > 0; ) {
        const evaluated: Evaluated[][] = [];
        for (const rules of ofGrain) evaluated.push(await evaluatePage(connection, rules, grain, page, options));
        onPage(evaluated);
        page = await findPendingPage(connection, page.at(-1) as number, pageEntities);
      }
    }
  });
}
