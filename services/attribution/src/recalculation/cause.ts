/** A touch where a change names it. */
export interface TouchRef {
  sessionId: string;
  at: string;
  channel: string;
}

/** Why an entity is computed again: the touches that came or went, the events that made them, and the way that led to them. */
export interface Cause {
  added: TouchRef[];
  removed: TouchRef[];
  /** What the event is, or who asserted a link, and its id. */
  events: { source: string; id: string }[];
  /** In words, without anything personal; null where the event itself says whose the touch is. */
  via: string | null;
}

/** A change names so many touches on each side, and an entity waits with so many causes; the rest is told by the counts. */
export const mostNamed = 50;
