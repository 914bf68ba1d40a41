import type { Database } from '@waybill/shared/db';
import { findLatestLinks, findUnlinks, type LinkRef, linkKey } from '../identity/find-link-events.ts';
import { findNodes, readGraph } from '../identity/read-graph.ts';
import { isSame, type KnownResolution, readResolutions, saveResolutions } from '../identity/resolutions.ts';
import { type AmbiguityRule, entityAt, type Goal, type Resolution, resolveClient } from '../identity/resolve-client.ts';
import { holdEntities } from './hold-entities.ts';
import {
  type Interaction,
  readInteractions,
  readVisits,
  refreshInteractions,
  saveInteractions,
  type VisitRow,
  without,
} from './interactions.ts';
import { findNews, lostLinks, type Shift, toCause, toTouch, wayTo } from './shift.ts';
import { type Trigger, trigger } from './tasks.ts';

const goals = ['company', 'contact'] as const;

const nobodys: Resolution = { spans: [], refusals: [], isTruncated: false };

const clientAndEntity = ({ entity, visit }: Interaction): string => `${visit.client_id} ${entity}`;

/** What was and what is known of whose a client is. */
interface Turn {
  before(client: string): KnownResolution;
  after(client: string): Resolution;
}

/** Brings visits to those whose they are now; answers which clients' went from whom and to whom. */
async function moveVisits(tx: Database, goal: Goal, visits: VisitRow[], { before, after }: Turn): Promise<Shift[]> {
  const wanted = visits.flatMap((visit) => {
    const entity = entityAt(after(visit.client_id).spans, goal, visit.visited_at.getTime());
    return entity === null ? [] : [{ entity, visit }];
  });
  await refreshInteractions(tx, goal, visits);
  const { linked, known } = await readInteractions(tx, goal, visits);
  const [added, removed] = [without(wanted, [...linked, ...known]), without(linked, wanted)];
  await saveInteractions(tx, goal, added, removed);
  const gained = Map.groupBy(added, clientAndEntity);
  const lost = Map.groupBy(removed, clientAndEntity);
  return [...new Set([...gained.keys(), ...lost.keys()])].map((key): Shift => {
    const [came, went] = [gained.get(key) ?? [], lost.get(key) ?? []];
    const { entity, visit } = [...came, ...went][0] as Interaction;
    const client = visit.client_id;
    return {
      ...{ client, goal, entity, added: came.map(toTouch), removed: went.map(toTouch), refusals: after(client).refusals },
      ...findNews(before(client), after(client)),
      before: wayTo(client, before(client).spans, goal, entity),
      after: wayTo(client, after(client).spans, goal, entity),
    };
  });
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
    for (const goal of goals)
      shifts.push(...(await moveVisits(tx, goal, visits, { before: (client) => before.get(client) ?? nobodys, after: of })));
    const unlinks = await findUnlinks(
      tx,
      shifts.flatMap((shift) => lostLinks(shift).map(({ link }) => link)),
    );
    const latestOf = await findLatestLinks(
      tx,
      shifts.filter(({ removed }) => removed.length > 0).flatMap(({ newRefusals }) => newRefusals),
    );
    const events = { unlinkOf: (link: LinkRef) => unlinks.get(linkKey(link)), latestOf };
    await saveResolutions(
      tx,
      changed.map((client) => [client, of(client)]),
      versions,
    );
    const triggers = shifts.map((shift): Trigger => ({ kind: shift.goal, entity: `${shift.entity}`, causes: [toCause(shift, events)] }));
    await trigger(tx, triggers);
    return { changed: changed.length, refusals: changed.reduce((sum, client) => sum + of(client).refusals.length, 0) };
  });
}
