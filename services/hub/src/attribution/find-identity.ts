import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';
import type { Section } from '../section.ts';
import { counted, describeInstant } from '../wording.ts';
import {
  type Candidate,
  describeCandidates,
  describeIdentifier,
  describeOwner,
  describePeriod,
  describeSpanPeriod,
  describeWay,
  type Refusal,
  type Resolution,
  type Span,
} from './describe-identity.ts';
import type { Attributed } from './find-attribution.ts';

const shownLinks = 50;
const shownClients = 50;
/** So many clients around a company or contact are asked what they met. */
const nearClients = 200;

interface LinkRow {
  type: string;
  value: string;
  blocked: string | null;
  source: string;
  event_id: string | null;
  unlink_event_id: string | null;
  confidence: number;
  is_primary: boolean;
  is_active: boolean;
  first_linked_at: Date | null;
  unlinked_at: Date | null;
  valid_from: Date | null;
  valid_to: Date | null;
}

function describeLinkStanding({ blocked, is_active, first_linked_at, unlinked_at }: LinkRow): string {
  if (!is_active) return unlinked_at === null ? 'asserted by nobody' : `taken back ${describeInstant(unlinked_at)}`;
  if (blocked !== null) return `links nobody: ${blocked}`;
  return first_linked_at === null ? 'linked' : `linked ${describeInstant(first_linked_at)}`;
}

/** Its own links, each with who says so; what is taken back is told too. */
export async function findLinks(db: Database, { kind, id }: Attributed): Promise<Section> {
  const half = (near: 'from_node' | 'to_node', far: 'from_node' | 'to_node') => sql`
    select o.type, o.value, o.blocked, e.* from identity_node n
    join identity_edge e on e.${sql.ref(near)} = n.node_id join identity_node o on o.node_id = e.${sql.ref(far)}
    where n.type = ${kind} and n.value = ${id}`;
  const { rows } = await sql<LinkRow>`
    select * from (${half('from_node', 'to_node')} union all ${half('to_node', 'from_node')}) as links
    order by is_active desc, first_linked_at desc nulls last, type, value, source limit ${shownLinks}`.execute(db);
  const shown = rows.map((row) => ({
    identifier: describeIdentifier(row),
    standing: `${describeLinkStanding(row)}${row.is_primary ? ', main company' : ''}`,
    'said by': `${row.source} ${(row.is_active ? row.event_id : row.unlink_event_id) ?? ''}`.trim(),
    confidence: `${row.confidence}`,
    holds: describePeriod(row.valid_from, row.valid_to),
  }));
  return { title: 'Identity links', rows: shown, whenEmpty: 'No event has linked an identifier with it.' };
}

/** The resolutions in which a company or contact is a candidate; the first condition is the one that an index answers. */
const hasCandidate = (kind: 'company' | 'contact', id: number) => sql<boolean>`
  jsonb_path_query_array(spans, '$[*].candidates[*].entity') @> jsonb_build_array(${id}::bigint)
  and spans @> ${JSON.stringify([{ goal: kind, candidates: [{ entity: id }] }])}::jsonb`;

type ResolutionRow = Resolution & { client_id: string; total: number };

const describeRank = ({ hops, confidence, isPrimary, path }: Candidate): Record<string, string> => ({
  hops: `${hops}`,
  confidence: `${confidence}${isPrimary ? ', main company' : ''}`,
  'by way of': describeWay(path),
});

const toClientRow = (client: string, span: Span, candidate: Candidate): Record<string, string> => ({
  client,
  'belongs to': describeOwner(span),
  when: describeSpanPeriod(span),
  ...describeRank(candidate),
  'all candidates': span.candidates.length > 1 ? describeCandidates(span) : '',
});

/** The clients from which a way leads to a company or contact, whether or not they are its own. */
export async function findClients(db: Database, kind: 'company' | 'contact', id: number): Promise<Section> {
  const { rows } = await sql<ResolutionRow>`
    select client_id, spans, refusals, count(*) over () as total from client_resolution
    where ${hasCandidate(kind, id)} order by client_id limit ${shownClients}`.execute(db);
  const shown = rows.flatMap((row) =>
    row.spans.flatMap((one) => {
      const candidate = one.goal === kind ? one.candidates.find(({ entity }) => entity === id) : undefined;
      return candidate === undefined ? [] : [toClientRow(row.client_id, one, candidate)];
    }),
  );
  const total = rows[0]?.total ?? 0;
  const title = total > shownClients ? `Clients: the first ${shownClients} of ${total}` : 'Clients';
  return { title, rows: shown, whenEmpty: `No way of identity links leads from a client to ${kind} ${id}.` };
}

/** What is stored of whose a client is; null: nothing. */
export async function findResolution(db: Database, client: string): Promise<Resolution | null> {
  const { rows } = await sql<Resolution>`select spans, refusals from client_resolution where client_id = ${client}::uuid`.execute(db);
  return rows[0] ?? null;
}

/** Every candidate of a client, for each span of time, with the way to it. */
export function toCandidateSection(resolution: Resolution | null): Section {
  const rows = (resolution?.spans ?? []).flatMap((span) =>
    span.candidates.map((candidate) => ({
      candidate: `${span.goal} ${candidate.entity}`,
      'belongs to': describeOwner(span),
      when: describeSpanPeriod(span),
      ...describeRank(candidate),
    })),
  );
  return { title: 'Candidates', rows, whenEmpty: 'No way of identity links leads from it to a company or contact.' };
}

const toRefusalRow = ({ type, value, reason }: Refusal, clients: string): Record<string, string> => ({
  identifier: describeIdentifier({ type, value }),
  reason,
  clients,
});

const refusalTitle = 'Identifiers that link nobody';

/** The identifiers at which the search from a client ended. */
export const toRefusalSection = (resolution: Resolution | null): Section => ({
  title: refusalTitle,
  rows: (resolution?.refusals ?? []).map((refusal) => toRefusalRow(refusal, 'this one')),
  whenEmpty: 'None was met: the search from it passed whatever it came to.',
});

/** The identifiers at which searches ended that came from the clients of a company or contact, or from clients beside it. */
export async function findRefusals(db: Database, kind: 'company' | 'contact', id: number): Promise<Section> {
  const { rows } = await sql<Refusal & { clients: number; example: string }>`
    with links as (
      select n.node_id, n.type, n.value from identity_node t
      join identity_edge e on e.to_node = t.node_id and e.is_active join identity_node n on n.node_id = e.from_node
      where t.type = ${kind} and t.value = ${`${id}`} limit ${nearClients}
    ), near as (
      select value::uuid as client_id from links where type = 'client'
      union
      (select c.value::uuid from links join identity_edge e on e.to_node = links.node_id and e.is_active
       join identity_node c on c.node_id = e.from_node and c.type = 'client' where links.type = 'email' limit ${nearClients})
      union
      (select client_id from client_resolution where ${hasCandidate(kind, id)} limit ${nearClients})
    )
    select r.type, r.value, r.reason, count(*) as clients, min(near.client_id::text) as example
    from near join client_resolution using (client_id)
    cross join lateral jsonb_to_recordset(refusals) as r (type text, value text, reason text)
    group by 1, 2, 3 order by 4 desc, 1, 2, 3 limit ${shownLinks}`.execute(db);
  const shown = rows.map((row) =>
    toRefusalRow(row, row.clients === 1 ? row.example : `${counted(row.clients, 'client')}, such as ${row.example}`),
  );
  return { title: refusalTitle, rows: shown, whenEmpty: 'The clients around it met none.' };
}
