import type { BigQuery } from '@google-cloud/bigquery';
import type { Database } from '@waybill/shared/db';
import { topics } from '@waybill/shared/messages';
import type { Publisher } from '@waybill/shared/pubsub';
import { localBigQuery } from '../../bigquery-server/local-bigquery.ts';
import type { Input } from './input.ts';

const pageRows = 1_000;

function* pages<T>(rows: T[]): Generator<T[]> {
  for (let from = 0; from < rows.length; from += pageRows) yield rows.slice(from, from + pageRows);
}

/** Writes what a CRM writes; a row that is there keeps what it has. */
async function saveProfiles(db: Database, input: Input): Promise<void> {
  for (const page of pages(input.companies)) {
    await db
      .insertInto('company_profile_meta_data')
      .values(page)
      .onConflict((conflict) => conflict.column('company').doNothing())
      .execute();
  }
  for (const page of pages(input.contacts)) {
    await db
      .insertInto('contact_profile_metadata')
      .values(page)
      .onConflict((conflict) => conflict.column('contact_id').doNothing())
      .execute();
  }
}

const probability = (name: string) => ({ name, type: 'FLOAT64' });
const scoredAt = { name: 'scored_at', type: 'TIMESTAMP' };
const id = (name: string) => ({ name, type: 'INT64', mode: 'REQUIRED' });

const scoreTables = {
  companies: {
    path: ['ct-dbt', 'stg', 'stg_ds_to_de_cp'],
    schema: [
      id('company'),
      probability('cp1'),
      { name: 'cp1_arpu', type: 'NUMERIC' },
      probability('cp3'),
      { name: 'cp3_arpu', type: 'NUMERIC' },
      { name: 'employees_range_min', type: 'INT64' },
      { name: 'employees_range_max', type: 'INT64' },
      scoredAt,
    ],
  },
  contactCp: {
    path: ['ct-data-science-v2', 'cp', 'ds_cp_contact_table_score'],
    schema: [
      id('contact_id'),
      probability('combined1_conversion_probability_predicted'),
      probability('combined3_conversion_probability_predicted'),
      probability('cp1_signup_first'),
      probability('cp3_signup_first'),
      probability('book_a_demo_1_probability'),
      probability('book_a_demo_3_probability'),
      scoredAt,
    ],
  },
  contactAcv: {
    path: ['ct-data-science-v2', 'acv', 'ds_acv_contact_table_score'],
    schema: [id('contact_id'), { name: 'acv', type: 'NUMERIC' }, scoredAt],
  },
} as const;

/** Writes the scores where the models would, unless the tables stand there already; through the client, as the models' owners do. */
async function saveScores(bigQueryUrl: string, scores: NonNullable<Input['scores']>): Promise<void> {
  for (const [name, { path, schema }] of Object.entries(scoreTables)) {
    const [projectId, datasetId, tableId] = path;
    const dataset = (localBigQuery({ url: bigQueryUrl, projectId }) as BigQuery).dataset(datasetId);
    if (!(await dataset.exists())[0]) await dataset.create();
    const table = dataset.table(tableId);
    if ((await table.exists())[0]) continue;
    await table.create({ schema: [...schema] });
    for (const page of pages<object>(scores[name as keyof typeof scoreTables])) await table.insert(page);
  }
}

/** Hands the input to the system through its own doors: CRM rows, score tables, tracking events. Safe to repeat. */
export async function loadInput(input: Input, into: { db: Database; publisher: Publisher; bigQueryUrl: string | null }): Promise<void> {
  await saveProfiles(into.db, input);
  if (input.scores !== null && into.bigQueryUrl !== null) await saveScores(into.bigQueryUrl, input.scores);
  for (const page of pages(input.events)) {
    await into.publisher.publish(
      topics.trackingEvents,
      page.map((event) => ({ payload: JSON.stringify(event) })),
    );
  }
}
