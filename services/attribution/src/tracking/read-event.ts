import { hashIdentifier, type Parsed, parseJsonWith } from '@waybill/shared/conversion';
import { type TrackingEvent, trackingEventSchema } from '@waybill/shared/messages';

const dayMs = 24 * 60 * 60_000;

const instantOf = (event: TrackingEvent): string => {
  if (event.kind === 'session-started') return event.startedAt;
  if (event.kind === 'identity-linked') return event.linkedAt;
  return event.kind === 'identity-unlinked' ? event.unlinkedAt : event.occurredAt;
};

/** Reads a message of `tracking-events`; an event more than a day after `now` comes from a clock that is wrong, and would be the last touch for ever. */
export function readEvent(text: string, now: Date): Parsed<TrackingEvent> {
  const read = parseJsonWith(trackingEventSchema, text);
  if (!read.ok || Date.parse(instantOf(read.value)) <= now.getTime() + dayMs) return read;
  return { ok: false, reason: 'the event lies more than a day in the future; set the clock of whoever sent it' };
}

const address = /(sha256:)?[^\s"'<>(),:;\\]+@[^\s"'<>(),:;\\]+/g;

/** A message with the SHA-256 of each e-mail address in its place, and its domain: as it may be parked, and as it can be read again. */
export const redactAddresses = (text: string): string =>
  text.replace(address, (found, isHashed: string | undefined) => {
    if (isHashed !== undefined) return found;
    const plain = found.toLowerCase();
    return `sha256:${hashIdentifier(plain)}@${plain.slice(plain.lastIndexOf('@') + 1)}`;
  });
