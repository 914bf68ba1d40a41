import { hashIdentifier, type Parsed, parseJsonWith } from '@waybill/shared/conversion';
import { isEmailAddress, type TrackingEvent, trackingEventSchema } from '@waybill/shared/messages';
import { isRoleAddress, toHashedAddress } from '../identity/to-node.ts';

const dayMs = 24 * 60 * 60_000;
/** Clocks that were never set stand at 1970, 1980, 2000 or 2001. */
const earliestMs = Date.UTC(2002, 0, 1);

const instantOf = (event: TrackingEvent): string => {
  if (event.kind === 'session-started') return event.startedAt;
  if (event.kind === 'identity-linked') return event.linkedAt;
  return event.kind === 'identity-unlinked' ? event.unlinkedAt : event.occurredAt;
};

/** Reads a message of `tracking-events`. One from a clock that is wrong would be the first or the last touch for ever. */
export function readEvent(text: string, now: Date): Parsed<TrackingEvent> {
  const read = parseJsonWith(trackingEventSchema, text);
  if (!read.ok) return read;
  const atMs = Date.parse(instantOf(read.value));
  if (atMs > now.getTime() + dayMs)
    return { ok: false, reason: 'the event lies more than a day in the future; set the clock of whoever sent it' };
  if (atMs < earliestMs) return { ok: false, reason: 'the event lies before 2002; set the clock of whoever sent it' };
  return read;
}

/** Whatever may be an address, or part of one that was cut off, where text is not one as a whole. */
const word = /[^\s"<>(),:;\\=&?/#]+/g;
const at = /@|%40/i;
const hashAndDomain = /^[0-9a-f]{64}@[^@]*$/;

// In brackets it is no address, so that what could not be read cannot be read afterwards either.
const redactWords = (text: string): string =>
  text.replace(word, (found) => {
    const [mailbox = '', ...rest] = found.split(at);
    if (rest.length === 0 || mailbox === '' || hashAndDomain.test(found)) return found;
    return `<sha256:${hashIdentifier(decodeLower(found))}>`;
  });

const decodeLower = (found: string): string => found.replaceAll(/%40/gi, '@').toLowerCase();

function redactText(text: string): string {
  const trimmed = text.trim();
  if (!isEmailAddress(trimmed)) return redactWords(text);
  return isRoleAddress(trimmed) ? trimmed : toHashedAddress(trimmed);
}

/** Fields that no event needs and that would name a person. */
const personal = /phone|mobile[-_ ]?(number|no)|^(first|last|full|given|family|sur|middle)?[-_ ]?name$/i;

/** The hash that stood beside an address is that of the redacted one now, if it was right before. */
function redactHash(given: Record<string, unknown>): unknown {
  const { email, emailSha256 } = given;
  if (typeof email !== 'string' || emailSha256 !== hashIdentifier(email.trim().toLowerCase())) return emailSha256;
  return /^sha256:(?<hash>[0-9a-f]{64})/.exec(redactText(email))?.groups?.hash ?? emailSha256;
}

function redactValue(value: unknown): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(redactValue);
  const given = value as Record<string, unknown>;
  const redacted = Object.entries(given).map(([key, child]) => {
    if (key === 'emailSha256') return [key, redactHash(given)];
    return [redactText(key), personal.test(key) && child !== null ? 'redacted' : redactValue(child)];
  });
  return Object.fromEntries(redacted);
}

/**
 * A message as it may be parked: with the SHA-256 of each person's e-mail address, and its domain, in the place of the address. Where it could be
 * read before it can be read again, and says the same.
 */
export function redactAddresses(text: string): string {
  try {
    return JSON.stringify(redactValue(JSON.parse(text)));
  } catch {
    // Not JSON, or nested too deep to be written out again.
    return redactWords(text.replaceAll(/\\u0040/gi, '@'));
  }
}
