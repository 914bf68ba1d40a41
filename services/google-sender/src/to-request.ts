import type { GoogleEvent } from './to-event.ts';

/** The most destinations of one request. https://developers.google.com/data-manager/api/limits */
export const mostDestinations = 10;

/**
 * What an event calls its destination: the conversion action and the day (UTC). Google tells afterwards what it counted of each destination, so
 * that an action with a destination for each day is counted day by day.
 */
export const toReference = ({ action, eventTimestamp }: GoogleEvent): string =>
  `${action}_${new Date(eventTimestamp.seconds * 1_000).toISOString().slice(0, 10)}`;

/** The action and day of a destination's reference; null where it is none of ours. */
export function readReference(reference: string): { action: string; day: string } | null {
  const [, action, day] = /^(\d+)_(\d{4}-\d{2}-\d{2})$/.exec(reference) ?? [];
  return action === undefined || day === undefined ? null : { action, day };
}

/** One request for one account; `destinationOf` tells for each event the place of its destination. */
export function toRequest(account: string, loginAccount: string | null, events: GoogleEvent[]) {
  const accountOf = (accountId: string) => ({ accountType: 'GOOGLE_ADS' as const, accountId });
  const references = events.map(toReference);
  const places = new Map([...new Set(references)].map((reference, place) => [reference, place]));
  return {
    request: {
      destinations: [...places.keys()].map((reference) => ({
        reference,
        operatingAccount: accountOf(account),
        ...(loginAccount === null ? {} : { loginAccount: accountOf(loginAccount) }),
        productDestinationId: readReference(reference)?.action ?? '',
      })),
      encoding: 'HEX' as const,
      events: events.map(({ action: _, ...event }, index) => ({ ...event, destinationReferences: [references[index] as string] })),
    },
    destinationOf: references.map((reference) => places.get(reference) as number),
  };
}
