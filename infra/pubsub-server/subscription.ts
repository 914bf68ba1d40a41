import { Agenda } from './agenda.ts';
import { DeliveryOrder, type Entry, type Message } from './delivery-order.ts';
import type { Filter } from './filter.ts';

/** What of a subscription's configuration decides delivery. */
export type Rules = {
  readonly filter: Filter;
  readonly ordered: boolean;
  readonly exactlyOnce: boolean;
  readonly retainAcked: boolean;
  readonly retentionMs: number;
  readonly backoff: { readonly minMs: number; readonly maxMs: number };
  readonly maxDeliveryAttempts: number | null;
};

export type Delivery = { readonly ackId: string; readonly message: Message; readonly deliveryAttempt: number };

/** A stream or a waiting pull; a maximum of 0 means no limit. */
export type Consumer = {
  readonly maxMessages: number;
  readonly maxBytes: number;
  leaseSeconds: number;
  /** False while it cannot take more because its connection is behind. */
  open: boolean;
  deliver(deliveries: readonly Delivery[]): void;
  close(): void;
};

type AckResult = { readonly acked: readonly string[]; readonly expired: readonly string[] };
type Outstanding = { messages: number; bytes: number };

const maxShare = 100;
const maxResponseBytes = 1 << 20;

/** One subscription: who has which message until when. It reads no clock but the given one and has no timers: call `tick` often. */
export class Subscription {
  rules: Rules;
  readonly #now: () => number;
  /** Takes a message over that failed too often; false when the dead-letter topic is gone. */
  readonly #forward: (message: Message, attempts: number) => boolean;
  #order = new DeliveryOrder();
  #entries = new Map<string, Entry>();
  #agenda = new Agenda<Entry>();
  #consumers: Consumer[] = [];
  #outstanding = new Map<object, Outstanding>();
  #deliveries = 0;
  #undelivered = 0;
  #turn = 0;

  constructor(rules: Rules, now: () => number, forward: (message: Message, attempts: number) => boolean) {
    this.rules = rules;
    this.#now = now;
    this.#forward = forward;
  }

  /** Returns whether the filter lets the message in. */
  publish(message: Message): boolean {
    if (!this.rules.filter(message.attributes)) return false;
    this.#entries.set(message.messageId, this.#order.admit(message, this.rules.ordered));
    this.#undelivered++;
    return true;
  }

  attach(consumer: Consumer): void {
    this.#consumers.push(consumer);
    this.#outstanding.set(consumer, { messages: 0, bytes: 0 });
  }

  /** Its leases run on: acks travel apart from streams. */
  detach(consumer: Consumer): void {
    this.#consumers = this.#consumers.filter((other) => other !== consumer);
    this.#outstanding.delete(consumer);
  }

  close(): void {
    for (const consumer of this.#consumers) consumer.close();
  }

  /** Hands out what is ready, in turns and even shares. */
  dispatch(): void {
    let unserved = 0;
    while (unserved < this.#consumers.length) {
      const consumer = this.#consumers[this.#turn++ % this.#consumers.length] as Consumer;
      const deliveries = this.#lease(consumer, Math.min(maxShare, Math.max(1, Math.ceil(this.#undelivered / this.#consumers.length))));
      unserved = deliveries.length === 0 ? unserved + 1 : 0;
      if (deliveries.length > 0) consumer.deliver(deliveries);
    }
  }

  /** With exactly-once delivery an expired id is told and then nothing of the request is acked; else a late ack counts. */
  acknowledge(ackIds: readonly string[]): AckResult {
    const entries = ackIds.map((ackId) => this.#find(ackId, !this.rules.exactlyOnce));
    const expired = this.rules.exactlyOnce ? ackIds.filter((_, index) => entries[index] === undefined) : [];
    if (expired.length > 0) return { acked: [], expired };
    const acked = entries.filter((entry) => entry !== undefined && this.#finish(entry)) as Entry[];
    return { acked: acked.map((entry) => entry.message.messageId), expired };
  }

  /** Extends leases, or with 0 seconds gives the messages back; returns the ids that hold no lease. */
  modifyDeadline(ackIds: readonly string[], seconds: number): string[] {
    const expired: string[] = [];
    for (const ackId of ackIds) {
      const entry = this.#find(ackId, false);
      if (entry === undefined) expired.push(ackId);
      else if (seconds === 0) this.#fail(entry);
      else this.#agenda.set(entry, this.#now() + seconds * 1000);
    }
    return expired;
  }

  /** Ends leases and back-offs that are over and drops what is older than the retention. */
  tick(): void {
    for (const entry of this.#agenda.takeDue(this.#now())) {
      if (entry.state === 'leased') this.#fail(entry);
      else if (entry.state === 'waiting') this.#order.offer(entry);
    }
    for (const entry of this.#entries.values()) {
      if (publishedAt(entry.message) > this.#now() - this.rules.retentionMs) break;
      this.#finish(entry);
      this.#entries.delete(entry.message.messageId);
    }
  }

  /** Every message it holds, oldest first, and which of them are acked. */
  backlog(): { readonly messages: Message[]; readonly acked: Set<string> } {
    const entries = [...this.#entries.values()];
    const acked = entries.filter((entry) => entry.state === 'acked').map((entry) => entry.message.messageId);
    return { messages: entries.map((entry) => entry.message), acked: new Set(acked) };
  }

  /** Replaces what it holds; every lease ends and every ack id given out becomes void. */
  reset(messages: Iterable<Message>, isAcked: (message: Message) => boolean): void {
    this.#order = new DeliveryOrder();
    this.#entries = new Map();
    this.#agenda = new Agenda();
    this.#undelivered = 0;
    for (const consumer of this.#consumers) this.#outstanding.set(consumer, { messages: 0, bytes: 0 });
    for (const message of messages) {
      if (!this.publish(message)) continue;
      const entry = this.#entries.get(message.messageId) as Entry;
      entry.voidUpTo = this.#deliveries;
      if (isAcked(message)) this.#finish(entry);
    }
  }

  /** Marks messages acked by their own ids, as a journal does. */
  forget(messageIds: readonly string[]): void {
    for (const id of messageIds) {
      const entry = this.#entries.get(id);
      if (entry !== undefined) this.#finish(entry);
    }
  }

  #lease(consumer: Consumer, share: number): Delivery[] {
    const outstanding = this.#outstanding.get(consumer) as Outstanding;
    const deliveries: Delivery[] = [];
    for (let bytes = 0; deliveries.length < share && bytes < maxResponseBytes && hasRoom(consumer, outstanding); ) {
      const entry = this.#order.lease(consumer);
      if (entry === undefined) break;
      this.#undelivered--;
      entry.delivery = ++this.#deliveries;
      outstanding.messages++;
      outstanding.bytes += entry.message.data.length;
      bytes += entry.message.data.length;
      this.#agenda.set(entry, this.#now() + consumer.leaseSeconds * 1000);
      const deliveryAttempt = this.rules.maxDeliveryAttempts === null ? 0 : entry.failures + 1;
      deliveries.push({ ackId: `${entry.message.messageId}-${entry.delivery}`, message: entry.message, deliveryAttempt });
    }
    return deliveries;
  }

  #find(ackId: string, acceptsLate: boolean): Entry | undefined {
    const [id = '', delivery] = ackId.split('-');
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.state === 'acked') return undefined;
    const isCurrent = entry.state === 'leased' && entry.delivery === Number(delivery);
    return isCurrent || (acceptsLate && Number(delivery) > entry.voidUpTo) ? entry : undefined;
  }

  #fail(entry: Entry): void {
    entry.failures++;
    const { maxDeliveryAttempts, backoff } = this.rules;
    if (maxDeliveryAttempts !== null && entry.failures >= maxDeliveryAttempts && this.#forward(entry.message, entry.failures)) {
      this.#finish(entry);
      return;
    }
    for (const later of this.#order.rewind(entry)) this.#takeBack(later, 'ready');
    this.#takeBack(entry, 'waiting');
    const waitMs = Math.min(backoff.maxMs, backoff.minMs * 2 ** (entry.failures - 1));
    if (waitMs === 0) this.#order.offer(entry);
    else this.#agenda.set(entry, this.#now() + waitMs);
  }

  // What is delivered again in order cannot be acked by an earlier delivery: the order would have a gap.
  #takeBack(entry: Entry, state: 'ready' | 'waiting'): void {
    this.#endLease(entry);
    entry.state = state;
    if (entry.lane !== null) entry.voidUpTo = this.#deliveries;
    this.#undelivered++;
  }

  /** Returns false for an entry that is acked already. */
  #finish(entry: Entry): boolean {
    if (entry.state === 'acked') return false;
    if (entry.state === 'leased') this.#endLease(entry);
    else this.#undelivered--;
    this.#agenda.delete(entry);
    const finished = this.#order.finish(entry);
    if (!this.rules.retainAcked) for (const { message } of finished) this.#entries.delete(message.messageId);
    return true;
  }

  #endLease(entry: Entry): void {
    if (entry.state !== 'leased') return;
    const outstanding = this.#outstanding.get(entry.consumer as object);
    if (outstanding !== undefined) {
      outstanding.messages--;
      outstanding.bytes -= entry.message.data.length;
    }
    this.#agenda.delete(entry);
    this.#order.release(entry);
  }
}

/** Milliseconds since 1970. */
export function publishedAt(message: Message): number {
  return message.publishTime.seconds * 1000 + Math.floor(message.publishTime.nanos / 1e6);
}

function hasRoom(consumer: Consumer, outstanding: Outstanding): boolean {
  const hasMessages = consumer.maxMessages > 0 && outstanding.messages >= consumer.maxMessages;
  const hasBytes = consumer.maxBytes > 0 && outstanding.bytes >= consumer.maxBytes;
  return consumer.open && !hasMessages && !hasBytes;
}
