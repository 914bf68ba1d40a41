import { status } from '@grpc/grpc-js';
import type { Message } from './delivery-order.ts';
import type { Journal } from './journal.ts';
import { Queue } from './queue.ts';
import {
  problemOf,
  type SubscriptionConfig,
  type Timestamp,
  type TopicConfig,
  toMs,
  toRules,
  toTimestamp,
  unsupportedIn,
  withDefaults,
  withUpdate,
} from './resources.ts';
import { publishedAt, Subscription } from './subscription.ts';

export type Refusal = { readonly code: status; readonly details: string };
export type Snapshot = { readonly name: string; readonly topic: string; readonly expireTime: Timestamp };
type Draft = Pick<Message, 'data' | 'attributes' | 'orderingKey'>;
type Topic = { config: TopicConfig; readonly subscriptions: Set<Subscription>; readonly retained: Queue<Message> };
type Held = { config: SubscriptionConfig; readonly subscription: Subscription };
/** A snapshot is what a subscription would hold that never acks. */
type Taken = { readonly snapshot: Snapshot; readonly messages: Message[] };

export type Change =
  | { readonly kind: 'topic'; readonly config: TopicConfig }
  | { readonly kind: 'topic-deleted' | 'subscription-deleted' | 'snapshot-deleted' | 'emptied'; readonly name: string }
  | { readonly kind: 'subscription'; readonly config: SubscriptionConfig }
  | { readonly kind: 'snapshot'; readonly snapshot: Snapshot }
  | { readonly kind: 'published' | 'retained' | 'taken'; readonly name: string; readonly messages: readonly Message[] }
  | { readonly kind: 'held'; readonly name: string; readonly messages: readonly Message[]; readonly acked: readonly string[] }
  | { readonly kind: 'acked'; readonly name: string; readonly acked: readonly string[] };

const deletedTopic = '_deleted-topic_';
const snapshotMs = 7 * 86_400_000;
const chunkSize = 500;

/** Topics, subscriptions and snapshots by name. Every lasting change is a `Change` that goes through the journal and `apply`. */
export class Broker {
  readonly #now: () => number;
  readonly #topics = new Map<string, Topic>();
  readonly #subscriptions = new Map<string, Held>();
  readonly #snapshots = new Map<string, Taken>();
  readonly #awake = new Set<Subscription>();
  #journal: Journal<Change> | null = null;
  #lastId = 0;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** From here on changes are kept. */
  keep(journal: Journal<Change>): void {
    this.#journal = journal;
  }

  createTopic(config: TopicConfig): TopicConfig | Refusal {
    if (!isName(config.name, 'topics')) return refusal(status.INVALID_ARGUMENT, `invalid topic name ${config.name}`);
    if (this.#topics.has(config.name)) return refusal(status.ALREADY_EXISTS, `topic ${config.name} exists`);
    return this.#commitTopic(config);
  }

  updateTopic(update: TopicConfig, paths: readonly string[]): TopicConfig | Refusal {
    const topic = this.#topics.get(update.name);
    if (topic === undefined) return notFound(update.name);
    const updated = withUpdate(topic.config, update, paths);
    return 'problem' in updated ? refusal(status.INVALID_ARGUMENT, updated.problem) : this.#commitTopic(updated.config);
  }

  deleteTopic(name: string): Refusal | Record<string, never> {
    return this.#delete(this.#topics, 'topic-deleted', name);
  }

  findTopic(name: string): TopicConfig | Refusal {
    return this.#topics.get(name)?.config ?? notFound(name);
  }

  listTopics(): TopicConfig[] {
    return [...this.#topics.values()].map((topic) => topic.config);
  }

  createSubscription(config: SubscriptionConfig): SubscriptionConfig | Refusal {
    if (!isName(config.name, 'subscriptions')) return refusal(status.INVALID_ARGUMENT, `invalid subscription name ${config.name}`);
    if (this.#subscriptions.has(config.name)) return refusal(status.ALREADY_EXISTS, `subscription ${config.name} exists`);
    if (!this.#topics.has(config.topic)) return notFound(config.topic);
    return this.#commitSubscription(config);
  }

  updateSubscription(update: SubscriptionConfig, paths: readonly string[]): SubscriptionConfig | Refusal {
    const held = this.#subscriptions.get(update.name);
    if (held === undefined) return notFound(update.name);
    const updated = withUpdate(held.config, update, paths);
    return 'problem' in updated ? refusal(status.INVALID_ARGUMENT, updated.problem) : this.#commitSubscription(updated.config);
  }

  deleteSubscription(name: string): Refusal | Record<string, never> {
    return this.#delete(this.#subscriptions, 'subscription-deleted', name);
  }

  findSubscription(name: string): Held | Refusal {
    return this.#subscriptions.get(name) ?? notFound(name);
  }

  listSubscriptions(): SubscriptionConfig[] {
    return [...this.#subscriptions.values()].map((held) => held.config);
  }

  createSnapshot(name: string, subscriptionName: string): Snapshot | Refusal {
    const held = this.#subscriptions.get(subscriptionName);
    if (held === undefined) return notFound(subscriptionName);
    if (!isName(name, 'snapshots')) return refusal(status.INVALID_ARGUMENT, `invalid snapshot name ${name}`);
    if (this.#snapshots.has(name)) return refusal(status.ALREADY_EXISTS, `snapshot ${name} exists`);
    const snapshot = { name, topic: held.config.topic, expireTime: toTimestamp(this.#now() + snapshotMs) };
    const { messages, acked } = held.subscription.backlog();
    this.#commit({ kind: 'snapshot', snapshot });
    this.#commit({ kind: 'taken', name, messages: messages.filter((message) => !acked.has(message.messageId)) });
    return snapshot;
  }

  deleteSnapshot(name: string): Refusal | Record<string, never> {
    return this.#delete(this.#snapshots, 'snapshot-deleted', name);
  }

  findSnapshot(name: string): Snapshot | Refusal {
    return this.#snapshots.get(name)?.snapshot ?? notFound(name);
  }

  listSnapshots(): Snapshot[] {
    return [...this.#snapshots.values()].map((taken) => taken.snapshot);
  }

  /** Returns the message ids in the order given. */
  publish(topicName: string, drafts: readonly Draft[]): string[] | Refusal {
    const topic = this.#topics.get(topicName);
    if (topic === undefined) return notFound(topicName);
    const isEmpty = ({ data, attributes }: Draft) => data.length === 0 && Object.keys(attributes).length === 0;
    if (drafts.length === 0 || drafts.some(isEmpty)) return refusal(status.INVALID_ARGUMENT, 'a message has neither data nor attributes');
    const now = this.#now();
    const messages = drafts.map(({ data, attributes, orderingKey }) => {
      return { messageId: this.#nextId(now), data, attributes, orderingKey, publishTime: toTimestamp(now) };
    });
    this.#commit({ kind: 'published', name: topicName, messages });
    return messages.map((message) => message.messageId);
  }

  /** Returns the ids that had expired, which only exactly-once delivery tells. */
  acknowledge(name: string, ackIds: readonly string[]): readonly string[] | Refusal {
    const held = this.#subscriptions.get(name);
    if (held === undefined) return notFound(name);
    const { acked, expired } = held.subscription.acknowledge(ackIds);
    if (acked.length > 0) this.#journal?.append({ kind: 'acked', name, acked });
    this.wake(held.subscription);
    return expired;
  }

  /** Returns the ids that had expired, which only exactly-once delivery tells. */
  modifyDeadline(name: string, ackIds: readonly string[], seconds: number): readonly string[] | Refusal {
    const held = this.#subscriptions.get(name);
    if (held === undefined) return notFound(name);
    if (seconds < 0 || seconds > 600) return refusal(status.INVALID_ARGUMENT, 'ack_deadline_seconds is outside 0 to 600');
    const expired = held.subscription.modifyDeadline(ackIds, seconds);
    this.wake(held.subscription);
    return held.config.enableExactlyOnceDelivery ? expired : [];
  }

  /** Goes back or ahead to a time in milliseconds since 1970 or to a snapshot's name. */
  seek(name: string, target: number | string): Refusal | Record<string, never> {
    const held = this.#subscriptions.get(name);
    if (held === undefined) return notFound(name);
    const taken = typeof target === 'string' ? this.#snapshots.get(target) : undefined;
    if (typeof target === 'string' && taken === undefined) return notFound(target);
    const known = [
      ...held.subscription.backlog().messages,
      ...(this.#topics.get(held.config.topic)?.retained ?? []),
      ...(taken?.messages ?? []),
    ];
    const messages = new Map(known.map((message) => [message.messageId, message]));
    const wanted = new Set(taken?.messages.map((message) => message.messageId));
    held.subscription.reset(
      [...messages.values()].sort((a, b) => Number(a.messageId) - Number(b.messageId)),
      (message) => (typeof target === 'number' ? publishedAt(message) < target : !wanted.has(message.messageId)),
    );
    for (const change of this.#dumpHeld(name, held)) this.#journal?.append(change);
    this.wake(held.subscription);
    return {};
  }

  /** Hands out messages of the subscription at the end of this turn of the event loop, so that what comes together leaves together. */
  wake(subscription: Subscription): void {
    if (this.#awake.size === 0) setImmediate(() => this.#dispatch());
    this.#awake.add(subscription);
  }

  /** Lets time pass; to be called about every 50 ms. */
  tick(): void {
    for (const { subscription } of this.#subscriptions.values()) {
      subscription.tick();
      subscription.dispatch();
    }
    for (const { config, retained } of this.#topics.values()) {
      const oldest = this.#now() - toMs(config.messageRetentionDuration);
      for (let first = retained.at(retained.start); first && publishedAt(first) < oldest; first = retained.at(retained.start))
        retained.shift();
    }
    for (const { snapshot } of this.#snapshots.values()) if (toMs(snapshot.expireTime) < this.#now()) this.deleteSnapshot(snapshot.name);
  }

  /** The changes that lead to the present state. */
  *dump(): Generator<Change> {
    for (const { config } of this.#topics.values()) yield { kind: 'topic', config };
    for (const [name, { retained }] of this.#topics)
      for (const messages of chunks([...retained])) yield { kind: 'retained', name, messages };
    for (const { config } of this.#subscriptions.values()) yield { kind: 'subscription', config };
    for (const [name, held] of this.#subscriptions) yield* this.#dumpHeld(name, held);
    for (const { snapshot } of this.#snapshots.values()) yield { kind: 'snapshot', snapshot };
    for (const [name, taken] of this.#snapshots) for (const messages of chunks(taken.messages)) yield { kind: 'taken', name, messages };
  }

  apply(change: Change): void {
    if ('messages' in change) this.#lastId = Math.max(this.#lastId, Number(change.messages.at(-1)?.messageId ?? 0));
    if (change.kind === 'topic') this.#applyTopic(change.config);
    if (change.kind === 'subscription') this.#applySubscription(change.config);
    if (change.kind === 'snapshot') this.#snapshots.set(change.snapshot.name, { snapshot: change.snapshot, messages: [] });
    if (change.kind === 'topic-deleted') this.#applyTopicDeleted(change.name);
    if (change.kind === 'subscription-deleted') this.#applySubscriptionDeleted(change.name);
    if (change.kind === 'snapshot-deleted') this.#snapshots.delete(change.name);
    if (change.kind === 'published') this.#applyPublished(change.name, change.messages);
    if (change.kind === 'retained') for (const message of change.messages) this.#topics.get(change.name)?.retained.push(message);
    if (change.kind === 'taken') this.#snapshots.get(change.name)?.messages.push(...change.messages);
    const subscription = 'name' in change ? this.#subscriptions.get(change.name)?.subscription : undefined;
    if (change.kind === 'emptied') subscription?.reset([], () => true);
    if (change.kind === 'held') for (const message of change.messages) subscription?.publish(message);
    if (change.kind === 'held' || change.kind === 'acked') subscription?.forget(change.acked);
  }

  #applyTopic(config: TopicConfig): void {
    const topic = this.#topics.get(config.name);
    if (topic === undefined) this.#topics.set(config.name, { config, subscriptions: new Set(), retained: new Queue() });
    else topic.config = config;
  }

  #applySubscription(config: SubscriptionConfig): void {
    const known = this.#subscriptions.get(config.name);
    if (known !== undefined) {
      known.config = config;
      known.subscription.rules = toRules(config);
      return;
    }
    const forward = (message: Message, attempts: number) => this.#forward(config.name, message, attempts);
    const subscription = new Subscription(toRules(config), this.#now, forward);
    this.#subscriptions.set(config.name, { config, subscription });
    this.#topics.get(config.topic)?.subscriptions.add(subscription);
  }

  #applyTopicDeleted(name: string): void {
    this.#topics.delete(name);
    for (const held of this.#subscriptions.values()) if (held.config.topic === name) held.config = { ...held.config, topic: deletedTopic };
  }

  #applySubscriptionDeleted(name: string): void {
    const held = this.#subscriptions.get(name);
    if (held === undefined) return;
    this.#subscriptions.delete(name);
    this.#topics.get(held.config.topic)?.subscriptions.delete(held.subscription);
    held.subscription.close();
  }

  #applyPublished(name: string, messages: readonly Message[]): void {
    const topic = this.#topics.get(name);
    if (topic === undefined) return;
    for (const subscription of topic.subscriptions) {
      for (const message of messages) subscription.publish(message);
      this.wake(subscription);
    }
    if (topic.config.messageRetentionDuration !== null) for (const message of messages) topic.retained.push(message);
    for (const taken of this.#snapshots.values()) if (taken.snapshot.topic === name) taken.messages.push(...messages);
  }

  // The copy is published before the original is acked: a kill between the two leaves both, never none.
  #forward(name: string, message: Message, attempts: number): boolean {
    const { deadLetterPolicy } = this.#subscriptions.get(name)?.config ?? {};
    const [, project = '', , subscription = ''] = name.split('/');
    const attributes = {
      ...message.attributes,
      CloudPubSubDeadLetterSourceDeliveryCount: String(attempts),
      CloudPubSubDeadLetterSourceSubscription: subscription,
      CloudPubSubDeadLetterSourceSubscriptionProject: project,
      CloudPubSubDeadLetterSourceTopicPublishTime: new Date(publishedAt(message)).toISOString(),
    };
    const published = deadLetterPolicy && this.publish(deadLetterPolicy.deadLetterTopic, [{ ...message, attributes }]);
    if (!Array.isArray(published)) return false;
    this.#journal?.append({ kind: 'acked', name, acked: [message.messageId] });
    return true;
  }

  #commitTopic(config: TopicConfig): TopicConfig | Refusal {
    const unsupported = unsupportedIn(config);
    if (unsupported.length > 0) return refusal(status.UNIMPLEMENTED, `this server has no ${unsupported.join(', ')}`);
    this.#commit({ kind: 'topic', config });
    return config;
  }

  #commitSubscription(asked: SubscriptionConfig): SubscriptionConfig | Refusal {
    const config = withDefaults(asked);
    const unsupported = unsupportedIn(config);
    const problem = problemOf(config);
    if (unsupported.length > 0) return refusal(status.UNIMPLEMENTED, `this server has no ${unsupported.join(', ')}`);
    if (problem !== null) return refusal(status.INVALID_ARGUMENT, problem);
    this.#commit({ kind: 'subscription', config });
    return config;
  }

  #delete(from: ReadonlyMap<string, unknown>, kind: 'topic-deleted' | 'subscription-deleted' | 'snapshot-deleted', name: string) {
    if (!from.has(name)) return notFound(name);
    this.#commit({ kind, name });
    return {};
  }

  #commit(change: Change): void {
    this.#journal?.append(change);
    this.apply(change);
  }

  *#dumpHeld(name: string, { subscription }: Held): Generator<Change> {
    yield { kind: 'emptied', name };
    const { messages, acked } = subscription.backlog();
    for (const chunk of chunks(messages)) {
      const ids = chunk.map((message) => message.messageId).filter((id) => acked.has(id));
      yield { kind: 'held', name, messages: chunk, acked: ids };
    }
  }

  #dispatch(): void {
    const awake = [...this.#awake];
    this.#awake.clear();
    for (const subscription of awake) subscription.dispatch();
  }

  // Ids follow the clock, so that they rise across restarts even where nothing is kept.
  #nextId(now: number): string {
    this.#lastId = Math.max(this.#lastId + 1, now * 1000);
    return String(this.#lastId);
  }
}

function notFound(name: string): Refusal {
  return refusal(status.NOT_FOUND, `${name} does not exist`);
}

function refusal(code: status, details: string): Refusal {
  return { code, details };
}

function isName(name: string, collection: string): boolean {
  return new RegExp(`^projects/[^/]+/${collection}/[A-Za-z][\\w.~+%-]{2,254}$`).test(name);
}

function* chunks(messages: readonly Message[]): Generator<Message[]> {
  for (let start = 0; start < messages.length; start += chunkSize) yield messages.slice(start, start + chunkSize);
}
