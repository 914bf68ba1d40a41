import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';

/** People with one address and two clients each, at companies of three. */
export interface LiveWorld {
  people: number;
}

/** A company for every three people; a twentieth of the clients is shared with a stranger, and one with 3,000. */
export const companiesOf = ({ people }: LiveWorld): number => Math.ceil(people / 3);
export const identitiesOf = (world: LiveWorld): number => world.people * 3 + companiesOf(world);
const kioskPeople = 3_000;

/** The n-th person's address, as the graph keeps it, and the n-th client. */
const emailHash = (n: string) => sql`encode(sha256(('p' || ${sql.raw(n)} || '@company.example')::bytea), 'hex')`;
export const emailOf = (person: number): string => `p${person}@company.example`;
export const clientIdOf = (n: number): string => `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
const clientId = (n: string) => sql`('00000000-0000-4000-8000-' || lpad(to_hex(${sql.raw(n)}), 12, '0'))`;

/** Fills an empty database with identifiers, their links, two visits of each client, and whose those are. */
export async function makeLiveWorld(db: Database, world: LiveWorld, say: (line: string) => void): Promise<void> {
  const { people } = world;
  const clients = people * 2;
  const companies = companiesOf(world);
  // Nodes 1 … are clients, then addresses, then companies: an edge is told by numbers alone.
  await sql`insert into identity_node (node_id, type, value) overriding system value
    select n, 'client', ${clientId('n')} from generate_series(1, ${clients}::int) n`.execute(db);
  await sql`insert into identity_node (node_id, type, value) overriding system value
    select ${clients}::int + n, 'email', ${emailHash('n')} from generate_series(1, ${people}::int) n`.execute(db);
  await sql`insert into identity_node (node_id, type, value) overriding system value
    select ${clients + people}::int + n, 'company', n::text from generate_series(1, ${companies}::int) n`.execute(db);
  await sql`select setval(pg_get_serial_sequence('bi.identity_node', 'node_id'), ${clients + people + companies}::bigint)`.execute(db);
  say(`${identitiesOf(world)} identifiers`);
  const edge = sql`insert into identity_edge (from_node, to_node, source, linked_at, first_linked_at, event_id)`;
  const said = sql`timestamptz '2026-10-01', timestamptz '2026-10-01', gen_random_uuid()`;
  await sql`${edge} select n, ${clients}::int + (n + 1) / 2, 'lead', ${said} from generate_series(1, ${clients}::int) n`.execute(db);
  await sql`${edge} select n, ${clients}::int + 1 + (n::bigint * 7919) % ${people}::int, 'lead', ${said} from generate_series(20, ${clients}::int, 20) n
    on conflict do nothing`.execute(db);
  await sql`${edge} select 1, ${clients}::int + n, 'lead', ${said} from generate_series(2, ${Math.min(people, kioskPeople)}::int) n
    on conflict do nothing`.execute(db);
  await sql`${edge} select ${clients}::int + n, ${clients + people}::int + 1 + (n - 1) / 3, 'crm', ${said} from generate_series(1, ${people}::int) n`.execute(
    db,
  );
  await sql`
    insert into visits (session_id, client_id, visited_at, channel)
    select gen_random_uuid(), ${clientId('n')}::uuid, timestamptz '2026-10-01' + k * interval '9 days' + n * interval '1 second',
           (array['cpc-google', 'cpc-bing', 'organic', 'direct'])[1 + (n + k) % 4]
    from generate_series(1, ${clients}::int) n, generate_series(1, 2) k`.execute(db);
  await sql`
    insert into company_interactions (company, visit_id, interacted_at, channel, is_known)
    select 1 + ((e.to_node - ${clients}::int) - 1) / 3, v.visit_id, v.visited_at, v.channel, false
    from identity_node c join identity_edge e on e.from_node = c.node_id and e.to_node = ${clients}::int + (c.node_id + 1) / 2
    join visits v on v.client_id = c.value::uuid
    where c.type = 'client' and c.node_id > 1 and c.node_id % 20 <> 0`.execute(db);
  await sql`truncate entity_change`.execute(db);
  await sql`vacuum analyze`.execute(db);
  await sql`checkpoint`.execute(db);
  say(`${clients * 2} visits, vacuumed, analysed and written to disk`);
}
