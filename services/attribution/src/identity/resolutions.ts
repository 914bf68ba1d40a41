import { fingerprint } from '@waybill/shared/conversion';
import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';
import type { Resolution, Span } from './resolve-client.ts';
import type { Refusal } from './search.ts';

/** What is kept of a resolution. */
export interface KnownResolution {
  spans: Span[];
  refusals: Refusal[];
}

/** Whose clients were when they were last computed. */
export async function readResolutions(tx: Database, clients: string[]): Promise<Map<string, KnownResolution>> {
  const { rows } = await sql<KnownResolution & { client_id: string }>`
    select client_id, spans, refusals from client_resolution where client_id = any(${clients}::uuid[])`.execute(tx);
  return new Map(rows.map(({ client_id, spans, refusals }) => [client_id, { spans, refusals }]));
}

export const isSame = (known: KnownResolution, { spans, refusals }: Resolution): boolean =>
  fingerprint([known.spans, known.refusals]) === fingerprint([spans, refusals]);
const isNothing = ({ spans, refusals }: KnownResolution): boolean => spans.length === 0 && refusals.length === 0;

/** Keeps whose clients are; of those that are nobody's, and met nothing, nothing. */
export async function saveResolutions(
  tx: Database,
  resolved: [client: string, Resolution][],
  versions: Map<string, number>,
): Promise<void> {
  const gone = resolved.filter(([, resolution]) => isNothing(resolution)).map(([client]) => client);
  if (gone.length > 0) await sql`delete from client_resolution where client_id = any(${gone}::uuid[])`.execute(tx);
  const known = resolved.filter(([, resolution]) => !isNothing(resolution));
  if (known.length === 0) return;
  const rows = known.map(([client_id, { spans, refusals }]) => ({ client_id, spans, refusals, version: versions.get(client_id) }));
  await sql`
    insert into client_resolution as r (client_id, spans, refusals, version, resolved_at)
    select client_id, spans, refusals, version, now()
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as t (client_id uuid, spans jsonb, refusals jsonb, version bigint)
    on conflict (client_id) do update
      set spans = excluded.spans, refusals = excluded.refusals, version = excluded.version, resolved_at = excluded.resolved_at
      where r.version < excluded.version`.execute(tx);
}
