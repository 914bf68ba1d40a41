import { describeInstant } from '../wording.ts';

/** What a change keeps of one attribution. */
export interface Told {
  sessionId: string;
  at: string;
  channel: string;
  campaign: string | null;
  touches: number;
}

/** Why an entity was computed again: the touches that came or went, the events that made them, and the way that led to them. */
export interface Cause {
  added: { sessionId: string; at: string; channel: string }[];
  removed: { sessionId: string; at: string; channel: string }[];
  events: { source: string; id: string }[];
  via: string | null;
}

export interface Change {
  changedAt: Date;
  version: number;
  /** By the attribution's name; null: there was, or is, none. */
  before: Record<string, Told | null>;
  after: Record<string, Told | null>;
  causes: Cause[];
}

const shownParts = 5;
const shownCauses = 10;

export const countTouches = (count: number): string => (count === 1 ? '1 touch' : `${count} touches`);

/** `cpc-google “brand”`. */
export const describeSource = (channel: string, campaign: string | null): string =>
  campaign === null ? channel : `${channel} “${campaign}”`;

const describeTold = ({ channel, campaign, at, touches }: Told): string =>
  `${describeSource(channel, campaign)} of ${describeInstant(new Date(at))}, of ${countTouches(touches)}`;

const isSameTouch = (left: Told, right: Told): boolean =>
  left.sessionId === right.sessionId && left.at === right.at && left.channel === right.channel && left.campaign === right.campaign;

function describeMove(before: Told | null, after: Told | null): string {
  if (before !== null && after !== null && isSameTouch(before, after))
    return `still ${describeSource(after.channel, after.campaign)}, of ${countTouches(before.touches)} → of ${countTouches(after.touches)}`;
  return [before, after].map((told) => (told === null ? 'none' : describeTold(told))).join(' → ');
}

const order = ['first', 'last', 'first of 28 days'];

/** What became of each attribution, those alike together: `first, last: none → cpc-google of 2026-11-01 12:00 UTC, of 1 touch`. */
export function describeMoves({ before, after }: Pick<Change, 'before' | 'after'>): string {
  const names = Object.keys({ ...before, ...after }).sort((left, right) => order.indexOf(left) - order.indexOf(right));
  const moves = Map.groupBy(names, (name) => describeMove(before[name] ?? null, after[name] ?? null));
  return [...moves].map(([move, alike]) => `${alike.join(', ')}: ${move}`).join('; ');
}

function list(parts: string[]): string {
  const more = parts.length - shownParts;
  return [...parts.slice(0, shownParts), ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
}

const describeTouches = (touches: Cause['added']): string =>
  list(touches.map(({ channel, at, sessionId }) => `${channel} of ${describeInstant(new Date(at))} (session ${sessionId})`));

const withoutEvent = 'no link of this way: another way became the better one, or an identifier of it was closed';

/** One event may have made several links of a way. */
const describeEvents = (events: Cause['events']): string =>
  events.length === 0 ? withoutEvent : list([...new Set(events.map(({ source, id }) => `${source} ${id}`))]);

const describeCause = ({ added, removed, events, via }: Cause): Record<string, string> => ({
  'said by': describeEvents(events),
  'by way of': via ?? 'the event itself',
  came: describeTouches(added),
  went: describeTouches(removed),
});

const withoutCause = 'no link and no session: a touch was told anew, or the CRM told another signup';

/** A row for each cause of a change; what changed stands in the first of them. */
export function toChangeRows(change: Change): Record<string, string>[] {
  const { changedAt, version, causes } = change;
  const what = { changed: describeInstant(changedAt), computation: `${version}`, 'what changed': describeMoves(change) };
  const again = { changed: '', computation: '', 'what changed': '' };
  const none = { 'said by': '', 'by way of': '', came: '', went: '' };
  if (causes.length === 0) return [{ ...what, ...none, 'said by': withoutCause }];
  const more = causes.length - shownCauses;
  return [
    ...causes.slice(0, shownCauses).map((cause, place) => ({ ...(place === 0 ? what : again), ...describeCause(cause) })),
    ...(more > 0 ? [{ ...again, ...none, 'said by': `and ${more} more causes` }] : []),
  ];
}
