import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';
import { fromUnits } from '../money/decimal.ts';
import type { Corpus } from './corpus.ts';
import type { Credited } from './credit-corpus.ts';

const pageRows = 5_000;

interface CreditRow {
  conversion_id: string;
  session_id: string;
  credit: number;
  value: string;
}

async function insertCredits(tx: Database, { name, version }: Credited['model'], rows: CreditRow[], currency: string): Promise<void> {
  if (rows.length === 0) return;
  await sql`
    insert into attribution_credit (conversion_id, model, model_version, session_id, credit, value, currency, saved_at)
    select conversion_id, ${name}, ${version}, session_id, credit, value, ${currency}, now()
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as t (conversion_id text, session_id uuid, credit float8, value numeric)`.execute(
    tx,
  );
}

/** Saves what every touch is credited with, in place of what the same conversions were credited with by these models; all of it or nothing. */
export async function saveCredits(db: Database, { groups, currency, places }: Corpus, credited: Credited[]): Promise<number> {
  const conversions = groups.map(({ journey }) => journey.conversionId);
  let saved = 0;
  await db.transaction().execute(async (tx) => {
    for (const { model, journeys } of credited) {
      await sql`
        insert into attribution_model (name, version, definition) values (${model.name}, ${model.version}, ${model.definition})
        on conflict (name, version) do update set definition = excluded.definition`.execute(tx);
      await sql`delete from attribution_credit where model = ${model.name} and conversion_id = any(${conversions}::text[])`.execute(tx);
      let page: CreditRow[] = [];
      const savePage = async (): Promise<void> => {
        saved += page.length;
        await insertCredits(tx, model, page, currency);
        page = [];
      };
      for (const { journey, credits } of journeys()) {
        for (const { touch, conversions: credit, valueMinor } of credits) {
          page.push({ conversion_id: journey.conversionId, session_id: touch.id, credit, value: fromUnits(valueMinor, places) });
        }
        if (page.length >= pageRows) await savePage();
      }
      await savePage();
    }
  });
  return saved;
}
