import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';
import { fromUnits } from '../money/decimal.ts';
import type { Corpus } from './corpus.ts';
import type { Credited } from './credit-corpus.ts';

const pageRows = 5_000;

/** Saves what every touch is credited with, in place of what the same conversions were credited with by these models; all of it or nothing. */
export async function saveCredits(db: Database, { groups, currency, places }: Corpus, credited: Credited[]): Promise<number> {
  const conversions = groups.map(({ journey }) => journey.conversionId);
  let saved = 0;
  await db.transaction().execute(async (tx) => {
    for (const { model, credits } of credited) {
      await sql`
        insert into attribution_model (name, version, definition) values (${model.name}, ${model.version}, ${model.definition})
        on conflict (name, version) do update set definition = excluded.definition`.execute(tx);
      await sql`delete from attribution_credit where model = ${model.name} and conversion_id = any(${conversions}::text[])`.execute(tx);
      for (let from = 0; from < credits.length; from += pageRows) {
        const rows = credits.slice(from, from + pageRows).map(({ conversionId, touch, conversions: credit, valueMinor }) => {
          return { conversion_id: conversionId, session_id: touch.id, credit, value: fromUnits(valueMinor, places) };
        });
        await sql`
          insert into attribution_credit (conversion_id, model, model_version, session_id, credit, value, currency, saved_at)
          select conversion_id, ${model.name}, ${model.version}, session_id, credit, value, ${currency}, now()
          from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as t (conversion_id text, session_id uuid, credit float8, value numeric)`.execute(
          tx,
        );
        saved += rows.length;
      }
    }
  });
  return saved;
}
