import { type LinkRef, linkKey } from '../identity/find-link-events.ts';
import type { KnownResolution } from '../identity/resolutions.ts';
import type { Goal, Span } from '../identity/resolve-client.ts';
import type { PathStep, Refusal } from '../identity/search.ts';
import { type Cause, mostNamed, type TouchRef } from './cause.ts';
import type { Interaction } from './interactions.ts';

export interface Way {
  links: { link: LinkRef; eventId: string }[];
  steps: PathStep[];
}

/** The way by which a client was found to be an entity's; of several spans the first. */
export function wayTo(client: string, spans: Span[], goal: Goal, entity: number): Way {
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

/** Identifiers as a person may read them: of an address only the beginning of its hash. */
const tell = ({ type, value }: { type: string; value: string }): string => `${type} ${type === 'email' ? `${value.slice(0, 12)}…` : value}`;

export const toTouch = ({ visit }: Interaction): TouchRef => ({
  ...{ sessionId: visit.session_id, at: visit.visited_at.toISOString(), channel: visit.channel },
});

/** A client whose touches came to an entity, or left it. */
export interface Shift {
  client: string;
  goal: Goal;
  entity: number;
  before: Way;
  after: Way;
  added: TouchRef[];
  removed: TouchRef[];
  refusals: Refusal[];
  /** Refusals that were none before. */
  newRefusals: Refusal[];
  /** Links that the client's ways have now and had not before, whoever they lead to. */
  newLinks: Cause['events'];
}

/** What is new of a client's ways, to anybody. */
export function findNews(before: KnownResolution, after: KnownResolution): Pick<Shift, 'newLinks' | 'newRefusals'> {
  const stepsOf = ({ spans }: KnownResolution): PathStep[] => spans.flatMap(({ candidates }) => candidates.flatMap(({ path }) => path));
  const known = new Set(stepsOf(before).map(({ eventId }) => eventId));
  const newLinks = stepsOf(after).filter(({ eventId }) => !known.has(eventId));
  const refusalKey = ({ type, value }: Refusal): string => `${type} ${value}`;
  const refused = new Set(before.refusals.map(refusalKey));
  return {
    newLinks: newLinks.map(({ source, eventId }) => ({ source, id: eventId })),
    newRefusals: after.refusals.filter((refusal) => !refused.has(refusalKey(refusal))),
  };
}

export const lostLinks = ({ before, after }: Shift): Way['links'] =>
  before.links.filter(({ link }) => !after.links.some((other) => linkKey(other.link) === linkKey(link)));

type LinkEvent = Cause['events'][number];

const withoutDoubles = (events: LinkEvent[]): LinkEvent[] =>
  [...new Map(events.map((event) => [`${event.source} ${event.id}`, event])).values()].slice(0, mostNamed);

/** What tells the event behind a link that is no longer there, and behind an identifier that is shared now. */
export interface LinkEvents {
  unlinkOf(link: LinkRef): string | undefined;
  latestOf(node: Refusal): LinkEvent | undefined;
}

/** Links of the way that are new or gone; else what took the client elsewhere: a nearer way, or an identifier that came to be shared; else the sessions. */
function eventsOf(shift: Shift, { unlinkOf, latestOf }: LinkEvents): LinkEvent[] {
  const { before, after, added, removed, newLinks, newRefusals } = shift;
  const gained = after.links.filter(({ eventId }) => !before.links.some((other) => other.eventId === eventId));
  const ofWay = [
    ...gained.map(({ link, eventId }) => ({ source: link.source, id: eventId })),
    ...lostLinks(shift).flatMap(({ link }) => {
      const id = unlinkOf(link);
      return id === undefined ? [] : [{ source: `${link.source}, taken back`, id }];
    }),
  ];
  if (ofWay.length > 0) return ofWay;
  const elsewhere = removed.length === 0 ? [] : [...newLinks, ...newRefusals.flatMap((refusal) => latestOf(refusal) ?? [])];
  return elsewhere.length > 0 ? elsewhere : added.map(({ sessionId }) => ({ source: 'session', id: sessionId }));
}

/** Why touches came to an entity, or left it, and by which way. */
export function toCause(shift: Shift, events: LinkEvents): Cause {
  const { client, before, after, added, removed } = shift;
  const way = [`client ${client}`, ...(after.steps.length > 0 ? after.steps : before.steps).map(tell)].join(' > ');
  const refused = removed.length > 0 ? shift.refusals.map((refusal) => `${tell(refusal)} ${refusal.reason}`) : [];
  return {
    ...{ added: added.slice(0, mostNamed), removed: removed.slice(0, mostNamed), via: [way, ...refused].join('; ') },
    events: withoutDoubles(eventsOf(shift, events)),
  };
}
