/** One interaction before a conversion: a session, a visit, or one step of an aggregated path. */
export interface Touch {
  id: string;
  /** Milliseconds since 1970. */
  atMs: number;
  channel: string;
  campaign: string | null;
  /** Whether the visitor engaged, as the IHC API understands it. */
  isHolder: boolean;
  isCloser: boolean;
  isImpression: boolean;
}

/** A conversion with the touches strictly before it, ordered by time and then by id; none where nothing is known of its way. */
export interface Journey {
  conversionId: string;
  convertedAtMs: number;
  /** In minor units of the currency (cents of a dollar, yen, fils); negative for a refund. */
  valueMinor: bigint;
  /** ISO 4217. */
  currency: string;
  touches: Touch[];
}

/** Orders touches by time and, at the same instant, by id: a total order, so that no arrival order can change a credit. */
export const compareTouches = (left: Touch, right: Touch): number =>
  left.atMs - right.atMs || (left.id < right.id ? -1 : left.id > right.id ? 1 : 0);
