import { randomUUID } from 'node:crypto';
import { Accepted, type AcceptedConversion } from '@waybill/shared/stand-in';
import type { FacebookWireEvent } from './facebook-events.ts';

/** How long Meta tells events with the same name and id apart. https://developers.facebook.com/docs/marketing-api/conversions-api/deduplicate-pixel-and-server-events */
const deduplicationMs = 48 * 60 * 60_000;

/** What Meta took; the same event name and id count once within two days of the first. */
export class FacebookAccepted extends Accepted {
  /** Requests that were refused because they carried a token in their address, where logs would keep it. */
  tokensInUrl = 0;
  /** Events that came as tests; they count like the others. */
  testEvents = 0;
  readonly #firstAtMs = new Map<string, number>();

  constructor(file?: string) {
    super(file);
    for (const { key } of this.list()) {
      const [pixel, name, id, firstAtMs] = JSON.parse(key) as [string, string, string, number];
      this.#firstAtMs.set(JSON.stringify([pixel, name, id]), firstAtMs);
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
    // Without an event id nothing is told apart: every event counts.
    const identity = [pixel, action, eventId ?? `unnamed ${randomUUID()}`];
    const known = this.#firstAtMs.get(JSON.stringify(identity));
    const firstAtMs = known !== undefined && nowMs - known <= deduplicationMs ? known : nowMs;
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
