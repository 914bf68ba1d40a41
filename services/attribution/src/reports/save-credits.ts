import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';
import type { Model } from '../models/index.ts';
import { fromUnits } from '../money/decimal.ts';
import type { TakeCredits } from './build-report.ts';
import type { Corpus } from './corpus.ts';

interface CreditRow {
  conversion_id: string;
  model: string;
  model_version: string;
  session_id: string;
  credit: number;
  value: string;
}

interface Page {
  conversions: string[];
  rows: CreditRow[];
}

async function savePage(tx: Database, models: string[], { conversions, rows }: Page, currency: string): Promise<void> {
  await sql`delete from attribution_credit where model = any(${models}::text[]) and conversion_id = any(${conversions}::text[])`.execute(
    tx,
  );
  await sql`
    insert into attribution_credit (conversion_id, model, model_version, session_id, credit, value, currency, saved_at)
    select conversion_id, model, model_version, session_id, credit, value, ${currency}, now()
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as t (conversion_id text, model text, model_version text, session_id uuid, credit float8, value numeric)`.execute(tx);
}

async function saveModel(tx: Database, { name, version, definition }: Model): Promise<void> {
  await sql`
    insert into attribution_model (name, version, definition) values (${name}, ${version}, ${definition})
    on conflict (name, version) do update set definition = excluded.definition`.execute(tx);
}

/**
 * Saves what `credit` hands over of every touch by these models, a page at a time, in place of what the same conversions were credited with by
 * them; all of it or, where `credit` throws, nothing. The transaction is open as long as `credit` takes.
 */
export async function saveCredits<T>(
  db: Database,
  { currency, places }: Pick<Corpus, 'currency' | 'places'>,
  models: Model[],
  credit: (take: TakeCredits) => Promise<T>,
  pageRows = 5_000,
): Promise<{ saved: number; credited: T }> {
  const names = models.map(({ name }) => name);
  return db.transaction().execute(async (tx) => {
    for (const model of models) await saveModel(tx, model);
    let saved = 0;
    let page: Page = { conversions: [], rows: [] };
    const turn = async (): Promise<void> => {
      saved += page.rows.length;
      await savePage(tx, names, page, currency);
      page = { conversions: [], rows: [] };
    };
    const credited = await credit(async ({ journey, byModel }) => {
      page.conversions.push(journey.conversionId);
      for (const { model, credits } of byModel) {
        for (const { touch, conversions, valueMinor } of credits) {
          page.rows.push({
            ...{ conversion_id: journey.conversionId, model: model.name, model_version: model.version },
            ...{ session_id: touch.id, credit: conversions, value: fromUnits(valueMinor, places) },
          });
        }
      }
      if (page.rows.length >= pageRows || page.conversions.length >= pageRows) await turn();
    });
    await turn();
    return { saved, credited };
  });
}
