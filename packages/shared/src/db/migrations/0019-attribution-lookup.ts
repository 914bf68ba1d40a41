import { type Kysely, sql } from 'kysely';

/** From a company or contact to the clients that may be its own, the ambiguous ones among them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create index client_resolution_by_entity on bi.client_resolution
      using gin (jsonb_path_query_array(spans, '$[*].candidates[*].entity') jsonb_path_ops)`.execute(db);
}
