import { type LinkRef, linkKey } from '../identity/find-unlinks.ts';
import type { Goal, PathStep, Refusal, Span } from '../identity/resolve-client.ts';
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
}

export const lostLinks = ({ before, after }: Shift): Way['links'] =>
  before.links.filter(({ link }) => !after.links.some((other) => linkKey(other.link) === linkKey(link)));

/** Why they came or left: a link that is new or gone, or the sessions themselves. */
export function toCause(shift: Shift, unlinks: Map<string, string>): Cause {
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
