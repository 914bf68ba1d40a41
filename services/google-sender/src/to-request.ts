import type { GoogleEvent } from './to-event.ts';

/** The most destinations of one request. https://developers.google.com/data-manager/api/limits */
export const mostDestinations = 10;

/** One request for one account; `destinationOf` tells for each event the place of its destination. */
export function toRequest(account: string, loginAccount: string | null, events: GoogleEvent[]) {
  const accountOf = (accountId: string) => ({ accountType: 'GOOGLE_ADS' as const, accountId });
  const actions = [...new Set(events.map(({ action }) => action))];
  const places = new Map(actions.map((action, place) => [action, place]));
  return {
    request: {
      destinations: actions.map((action) => ({
        // Google tells afterwards what it counted of each destination, by its reference.
        reference: action,
        operatingAccount: accountOf(account),
        ...(loginAccount === null ? {} : { loginAccount: accountOf(loginAccount) }),
        productDestinationId: action,
      })),
      encoding: 'HEX' as const,
      events: events.map(({ action, ...event }) => ({ ...event, destinationReferences: [action] })),
    },
    destinationOf: events.map(({ action }) => places.get(action) as number),
  };
}
