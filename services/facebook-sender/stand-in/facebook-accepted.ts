import { randomUUID } from 'node:crypto';
import { Accepted, type AcceptedConversion } from '@waybill/shared/stand-in';
import type { FacebookWireEvent } from './facebook-events.ts';

/** How long Meta tells events with the same name and id apart. https://developers.facebook.com/docs/marketing-api/conversions-api/deduplicate-pixel-and-server-events */
const deduplicationMs = 48 * 60 * 60_000;
/** https://developers.facebook.com/docs/marketing-api/conversions-api/offline-events#deduplication */
const shopDeduplicationMs = 7 * 24 * 60 * 60_000;

/** What Meta tells events apart by, and for how long. Without an event id nothing is told apart: every event counts. */
function identityOf({ event_name: name, event_id, event_time, action_source, custom_data, user_data }: FacebookWireEvent) {
  if (action_source !== 'physical_store') return { identity: [name, event_id ?? `unnamed ${randomUUID()}`], forMs: deduplicationMs };
  const { order_id = null, item_number = null } = custom_data ?? {};
  const person = order_id === null ? JSON.stringify(user_data, (_key, value) => (typeof value === 'bigint' ? `${value}` : value)) : null;
  return { identity: [name, 'in a shop', event_time, item_number, order_id, person], forMs: shopDeduplicationMs };
}

/** What Meta took; the same event name and id count once within two days of the first, those of a shop by time and order within seven. */
export class FacebookAccepted extends Accepted {
  /** Requests that were refused because they carried a token in their address, where logs would keep it. */
  tokensInUrl = 0;
  /** Events that came as tests; they count like the others. */
  testEvents = 0;
  readonly #firstAtMs = new Map<string, number>();

  constructor(file?: string) {
    super(file);
    for (const { key } of this.list()) {
      const identity = JSON.parse(key) as unknown[];
      const firstAtMs = identity.pop() as number;
      this.#firstAtMs.set(JSON.stringify(identity), firstAtMs);
    }
  }

  override counts() {
    return { ...super.counts(), tokensInUrl: this.tokensInUrl, testEvents: this.testEvents };
  }

  takeEvents(pixel: string, events: FacebookWireEvent[], now: Date): void {
    this.take(events.map((event) => this.#toAccepted(pixel, event, now.getTime())));
  }

  #toAccepted(pixel: string, event: FacebookWireEvent, nowMs: number): AcceptedConversion {
    const { event_name: action, event_id: eventId, event_time, custom_data: custom, user_data: user } = event;
    const { identity: ofEvent, forMs } = identityOf(event);
    const identity = [pixel, ...ofEvent];
    const known = this.#firstAtMs.get(JSON.stringify(identity));
    const firstAtMs = known !== undefined && nowMs - known <= forMs ? known : nowMs;
    this.#firstAtMs.set(JSON.stringify(identity), firstAtMs);
    return {
      account: pixel,
      action,
      key: JSON.stringify([...identity, firstAtMs]),
      eventId: eventId ?? null,
      clickId: user.fbc?.split('.')[3] ?? null,
      occurredAt: new Date(event_time * 1_000).toISOString(),
      value: custom?.value === undefined ? null : String(custom.value),
      currency: custom?.currency ?? null,
    };
  }
}
