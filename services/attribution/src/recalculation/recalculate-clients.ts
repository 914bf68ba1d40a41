import { fingerprint } from '@waybill/shared/conversion';
import type { Database } from '@waybill/shared/db';
import { sql } from 'kysely';
import { findNodes, readGraph } from '../identity/read-graph.ts';
import {
  type AmbiguityRule,
  entityAt,
  type Goal,
  type PathStep,
  type Refusal,
  type Resolution,
  resolveClient,
  type Span,
} from '../identity/resolve-client.ts';
import { type Cause, mostNamed, type TouchRef } from './cause.ts';
import { holdEntities } from './hold-entities.ts';
import { type Trigger, trigger } from './tasks.ts';

interface VisitRow {
  visit_id: number;
  session_id: string;
  client_id: string;
  visited_at: Date;
  channel: string;
}

interface Interaction {
  entity: number;
  visit: VisitRow;
}

const owners = { company: ['company_interactions', 'company'], contact: ['contact_interactions', 'contact_id'] } as const;
const goals = ['company', 'contact'] as const;

const nobodys: Resolution = { spans: [], refusals: [], isTruncated: false };

async function readVisits(tx: Database, clients: string[]): Promise<VisitRow[]> {
  const { rows } = await sql<VisitRow>`
    select visit_id, session_id, client_id, visited_at, channel from visits where client_id = any(${clients}::uuid[])`.execute(tx);
  return rows;
}

/** Whose the visits are so far: by identity links, and by what the tracker or the CRM said of them. */
async function readInteractions(tx: Database, goal: Goal, visits: VisitRow[]): Promise<Record<'linked' | 'known', Interaction[]>> {
  const [table, column] = owners[goal];
  const { rows } = await sql<{ entity: number; visit_id: number; is_known: boolean }>`
    select ${sql.ref(column)} as entity, visit_id, is_known from ${sql.table(table)}
    where visit_id = any(${visits.map(({ visit_id }) => visit_id)}::bigint[])`.execute(tx);
  const byId = new Map(visits.map((visit) => [visit.visit_id, visit]));
  const toInteractions = (isKnown: boolean): Interaction[] =>
    rows.filter(({ is_known }) => is_known === isKnown).map(({ entity, visit_id }) => ({ entity, visit: byId.get(visit_id) as VisitRow }));
  return { linked: toInteractions(false), known: toInteractions(true) };
}

/** Has interactions say what their visits say: one that was saved while its visit got another content says what that was before. */
async function refreshInteractions(tx: Database, goal: Goal, visits: VisitRow[]): Promise<void> {
  const [table] = owners[goal];
  await sql`
    update ${sql.table(table)} i set interacted_at = v.visited_at, channel = v.channel from visits v
    where v.visit_id = i.visit_id and i.visit_id = any(${visits.map(({ visit_id }) => visit_id)}::bigint[])
      and (i.interacted_at, i.channel) is distinct from (v.visited_at, v.channel)`.execute(tx);
}

const keyOf = ({ entity, visit }: Interaction): string => `${entity} ${visit.visit_id}`;
const clientAndEntity = ({ entity, visit }: Interaction): string => `${visit.client_id} ${entity}`;
const byEntityAndVisit = (left: Interaction, right: Interaction): number =>
  left.entity - right.entity || left.visit.visit_id - right.visit.visit_id;
const without = (all: Interaction[], others: Interaction[]): Interaction[] => {
  const keys = new Set(others.map(keyOf));
  return all.filter((one) => !keys.has(keyOf(one))).sort(byEntityAndVisit);
};

async function saveInteractions(tx: Database, goal: Goal, added: Interaction[], removed: Interaction[]): Promise<void> {
  const [table, column] = owners[goal];
  const columns = (all: Interaction[]) =>
    sql`unnest(${all.map(({ entity }) => entity)}::bigint[], ${all.map(({ visit }) => visit.visit_id)}::bigint[])`;
  if (removed.length > 0) {
    await sql`
      with held as (
        select i.${sql.ref(column)} as entity, i.visit_id from ${sql.table(table)} i
        join ${columns(removed)} as r (entity, visit_id) on i.${sql.ref(column)} = r.entity and i.visit_id = r.visit_id
        where not i.is_known order by 1, 2 for update of i
      )
      delete from ${sql.table(table)} i using held where i.${sql.ref(column)} = held.entity and i.visit_id = held.visit_id`.execute(tx);
  }
  if (added.length > 0) {
    await sql`
      insert into ${sql.table(table)} (${sql.ref(column)}, visit_id, interacted_at, channel, is_known)
      select a.entity, a.visit_id, v.visited_at, v.channel, false from ${columns(added)} as a (entity, visit_id) join visits v using (visit_id)
      order by a.entity, a.visit_id
      on conflict do nothing`.execute(tx);
  }
}

interface Known {
  spans: Span[];
  refusals: Refusal[];
}

async function readResolutions(tx: Database, clients: string[]): Promise<Map<string, Known>> {
  const { rows } = await sql<Known & { client_id: string }>`
    select client_id, spans, refusals from client_resolution where client_id = any(${clients}::uuid[])`.execute(tx);
  return new Map(rows.map(({ client_id, spans, refusals }) => [client_id, { spans, refusals }]));
}

const isSame = (known: Known, { spans, refusals }: Resolution): boolean =>
  fingerprint([known.spans, known.refusals]) === fingerprint([spans, refusals]);
const isNothing = ({ spans, refusals }: Known): boolean => spans.length === 0 && refusals.length === 0;

async function saveResolutions(tx: Database, resolved: [client: string, Resolution][], versions: Map<string, number>): Promise<void> {
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

interface Lost {
  fromType: string;
  fromValue: string;
  toType: string;
  toValue: string;
  source: string;
}

/** A link of a way, as its two ends and who asserted it. */
const linkKey = ({ fromType, fromValue, toType, toValue, source }: Lost): string =>
  [...[`${fromType} ${fromValue}`, `${toType} ${toValue}`].sort(), source].join(' ');

interface Way {
  links: { link: Lost; eventId: string }[];
  steps: PathStep[];
}

function wayTo(client: string, spans: Span[], goal: Goal, entity: number): Way {
  const path =
    spans.filter((span) => span.goal === goal).flatMap(({ candidates }) => candidates.find((one) => one.entity === entity) ?? [])[0]
      ?.path ?? [];
  const links = path.map((step, place) => {
    const from = path[place - 1] ?? { type: 'client', value: client };
    return {
      eventId: step.eventId,
      link: { fromType: from.type, fromValue: from.value, toType: step.type, toValue: step.value, source: step.source },
    };
  });
  return { links, steps: path };
}

/** Of links that were taken back, the event that did it. */
async function findUnlinks(tx: Database, links: Lost[]): Promise<Map<string, string>> {
  if (links.length === 0) return new Map();
  const { rows } = await sql<Lost & { unlink_event_id: string }>`
    select g.*, e.unlink_event_id
    from jsonb_to_recordset(${JSON.stringify(links)}::jsonb)
      as g ("fromType" text, "fromValue" text, "toType" text, "toValue" text, source text)
    join identity_node a on a.type = g."fromType" and a.value = g."fromValue"
    join identity_node b on b.type = g."toType" and b.value = g."toValue"
    join identity_edge e on e.source = g.source and not e.is_active and e.unlink_event_id is not null
      and ((e.from_node = a.node_id and e.to_node = b.node_id) or (e.from_node = b.node_id and e.to_node = a.node_id))`.execute(tx);
  return new Map(rows.map((row) => [linkKey(row), row.unlink_event_id]));
}

/** Identifiers as a person may read them: of an address only the beginning of its hash. */
const tell = ({ type, value }: { type: string; value: string }): string => `${type} ${type === 'email' ? `${value.slice(0, 12)}…` : value}`;

const toTouch = ({ visit }: Interaction): TouchRef => ({
  ...{ sessionId: visit.session_id, at: visit.visited_at.toISOString(), channel: visit.channel },
});

/** A client whose touches came to an entity, or left it. */
interface Shift {
  client: string;
  goal: Goal;
  entity: number;
  before: Way;
  after: Way;
  added: TouchRef[];
  removed: TouchRef[];
  refusals: Refusal[];
}

const lostLinks = ({ before, after }: Shift): Way['links'] =>
  before.links.filter(({ link }) => !after.links.some((other) => linkKey(other.link) === linkKey(link)));

/** Why they came or left: a link that is new or gone, or the sessions themselves. */
function toCause(shift: Shift, unlinks: Map<string, string>): Cause {
  const { client, before, after, added, removed } = shift;
  const gained = after.links.filter(({ eventId }) => !before.links.some((other) => other.eventId === eventId));
  const events = [
    ...gained.map(({ link, eventId }) => ({ source: link.source, id: eventId })),
    ...lostLinks(shift).flatMap(({ link }) => {
      const id = unlinks.get(linkKey(link));
      return id === undefined ? [] : [{ source: `${link.source}, taken back`, id }];
    }),
  ];
  const sessions = added.map(({ sessionId }) => ({ source: 'session', id: sessionId }));
  const way = [`client ${client}`, ...(after.steps.length > 0 ? after.steps : before.steps).map(tell)].join(' > ');
  const refused = removed.length > 0 ? shift.refusals.map((refusal) => `${tell(refusal)} ${refusal.reason}`) : [];
  return {
    ...{ added: added.slice(0, mostNamed), removed: removed.slice(0, mostNamed), via: [way, ...refused].join('; ') },
    events: (events.length > 0 ? events : sessions).slice(0, mostNamed),
  };
}

export interface ClientsReport {
  changed: number;
  refusals: number;
}

/**
 * Finds whose each client is, by all that is known of links now, and brings its visits to those whose they are; whoever gained or lost a visit is
 * computed next. In one transaction; computing a client again changes nothing.
 */
export async function recalculateClients(db: Database, clients: string[], rule: AmbiguityRule): Promise<ClientsReport> {
  return db.transaction().execute(async (tx) => {
    const versions = await holdEntities(tx, 'client', clients);
    const starts = await findNodes(tx, 'client', clients);
    const graph = await readGraph(tx, starts);
    const resolutions = new Map(starts.map((node) => [node.value, resolveClient(graph, node, rule)]));
    const of = (client: string): Resolution => resolutions.get(client) ?? nobodys;
    const before = await readResolutions(tx, clients);
    const changed = clients.filter((client) => !isSame(before.get(client) ?? nobodys, of(client)));
    const visits = await readVisits(tx, clients);

    const shifts: Shift[] = [];
    for (const goal of goals) {
      const wanted = visits.flatMap((visit) => {
        const entity = entityAt(of(visit.client_id).spans, goal, visit.visited_at.getTime());
        return entity === null ? [] : [{ entity, visit }];
      });
      await refreshInteractions(tx, goal, visits);
      const { linked, known } = await readInteractions(tx, goal, visits);
      const [added, removed] = [without(wanted, [...linked, ...known]), without(linked, wanted)];
      await saveInteractions(tx, goal, added, removed);
      const gained = Map.groupBy(added, clientAndEntity);
      const lost = Map.groupBy(removed, clientAndEntity);
      for (const key of new Set([...gained.keys(), ...lost.keys()])) {
        const [came, went] = [gained.get(key) ?? [], lost.get(key) ?? []];
        const { entity, visit } = [...came, ...went][0] as Interaction;
        const client = visit.client_id;
        shifts.push({
          ...{ client, goal, entity, added: came.map(toTouch), removed: went.map(toTouch), refusals: of(client).refusals },
          before: wayTo(client, (before.get(client) ?? nobodys).spans, goal, entity),
          after: wayTo(client, of(client).spans, goal, entity),
        });
      }
    }
    const unlinks = await findUnlinks(
      tx,
      shifts.flatMap((shift) => lostLinks(shift).map(({ link }) => link)),
    );
    await saveResolutions(
      tx,
      changed.map((client) => [client, of(client)]),
      versions,
    );
    const triggers = shifts.map((shift): Trigger => ({ kind: shift.goal, entity: `${shift.entity}`, causes: [toCause(shift, unlinks)] }));
    await trigger(tx, triggers);
    return { changed: changed.length, refusals: changed.reduce((sum, client) => sum + of(client).refusals.length, 0) };
  });
}
