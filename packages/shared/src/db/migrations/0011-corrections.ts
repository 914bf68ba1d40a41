import { type Kysely, sql } from 'kysely';

/** Which conversion a delivery corrects, and how: its corrections are asked for before another one is sent. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table bi.delivery add column corrects text, add column correction_kind text check (correction_kind in ('restatement', 'retraction')),
      add column correction_sequence integer`.execute(db);
  await sql`create index delivery_by_corrected on bi.delivery (platform, corrects) where corrects is not null`.execute(db);
  for (const table of ['google_conversion', 'bing_conversion', 'generic_conversions']) {
    await sql`alter table ${sql.table(`bi.${table}`)} add column correction text`.execute(db);
  }
}
