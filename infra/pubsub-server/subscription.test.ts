import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Message } from './delivery-order.ts';
import { type Consumer, type Delivery, type Rules, Subscription } from './subscription.ts';

const plain: Rules = {
  filter: () => true,
  ordered: false,
  exactlyOnce: false,
  retainAcked: false,
  retentionMs: 600_000,
  backoff: { minMs: 0, maxMs: 0 },
  maxDeliveryAttempts: null,
};

let now = 0;
let forwarded: string[] = [];

beforeEach(() => {
  now = 1_000_025;
  forwarded = [];
});

describe('A subscription', () => {
  it('gives a message again when its lease ends, not before', () => {
    const { subscription, take } = start();
    publish(subscription, '1');
    expect(idsOf(take())).toEqual(['1']);
    pass(subscription, 9_999);
    expect(idsOf(take())).toEqual([]);
    pass(subscription, 51);
    expect(idsOf(take())).toEqual(['1']);
  });

  it('counts a lease from its latest extension', () => {
    const { subscription, take } = start();
    publish(subscription, '1');
    const [first] = take();
    pass(subscription, 9_000);
    expect(subscription.modifyDeadline([first!.ackId], 10)).toEqual([]);
    pass(subscription, 9_000);
    expect(take()).toEqual([]);
  });

  it('takes a late ack unless delivery is exactly once', () => {
    for (const exactlyOnce of [false, true]) {
      const { subscription, take } = start({ exactlyOnce });
      publish(subscription, '1');
      const [first] = take();
      pass(subscription, 10_050);
      take();
      const expected = exactlyOnce ? { acked: [], expired: [first?.ackId] } : { acked: ['1'], expired: [] };
      expect(subscription.acknowledge([first!.ackId])).toEqual(expected);
    }
  });

  it('acks nothing of a request with an expired id when delivery is exactly once', () => {
    const { subscription, take } = start({ exactlyOnce: true });
    publish(subscription, '1', '2');
    const [first, second] = take();
    expect(subscription.acknowledge([first!.ackId, '9-9'])).toEqual({ acked: [], expired: ['9-9'] });
    expect(subscription.acknowledge([first!.ackId, second!.ackId])).toEqual({ acked: ['1', '2'], expired: [] });
  });

  it('doubles the back-off with each failure up to its maximum', () => {
    const { subscription, take } = start({ backoff: { minMs: 1000, maxMs: 3000 } });
    publish(subscription, '1');
    for (const waitMs of [1000, 2000, 3000, 3000]) {
      subscription.modifyDeadline([take()[0]!.ackId], 0);
      pass(subscription, waitMs - 1);
      expect(take()).toEqual([]);
      pass(subscription, 51);
    }
    expect(idsOf(take())).toEqual(['1']);
  });

  it('counts attempts and moves the message on after the last one', () => {
    const { subscription, take } = start({ maxDeliveryAttempts: 3 });
    publish(subscription, '1');
    const attempts = [1, 2, 3].map(() => {
      const [delivery] = take();
      subscription.modifyDeadline([delivery!.ackId], 0);
      return delivery?.deliveryAttempt;
    });
    expect({ attempts, forwarded, left: take() }).toEqual({ attempts: [1, 2, 3], forwarded: ['1 after 3'], left: [] });
  });

  it('goes on delivering when there is no dead-letter topic to take the message', () => {
    const { subscription, take } = start({ maxDeliveryAttempts: 1 }, () => false);
    publish(subscription, '1');
    subscription.modifyDeadline([take()[0]!.ackId], 0);
    expect(take()[0]).toMatchObject({ deliveryAttempt: 2 });
  });

  it('keeps a key with the consumer that holds its messages and frees it afterwards', () => {
    const { subscription, take: holder } = start({ ordered: true }, undefined, { maxMessages: 1 });
    publish(subscription, '1:a', '2:a');
    const [first] = holder();
    const other = attach(subscription);
    expect(other()).toEqual([]);
    holder();
    subscription.acknowledge([first!.ackId]);
    expect(idsOf([...other(), ...holder()])).toEqual(['2']);
  });

  it('delivers again, in order, what came after a failed message of the same key, acked or not', () => {
    const { subscription, take } = start({ ordered: true });
    publish(subscription, '1:a', '2:a', '3:a', '4:b');
    const deliveries = take();
    const ackIdOf = (id: string) => deliveries.find((delivery) => delivery.message.messageId === id)!.ackId;
    subscription.acknowledge([ackIdOf('3')]);
    subscription.modifyDeadline([ackIdOf('1')], 0);
    expect(idsOf(take())).toEqual(['1', '2', '3']);
    expect(subscription.acknowledge([ackIdOf('2')]).acked).toEqual([]);
  });

  it('gives a consumer no more than it can hold', () => {
    const { subscription, take } = start({}, undefined, { maxMessages: 2 });
    publish(subscription, '1', '2', '3');
    const held = take();
    expect(idsOf(held)).toEqual(['1', '2']);
    subscription.acknowledge([held[0]!.ackId]);
    expect(idsOf(take())).toEqual(['3']);
  });

  it('ignores acks of before a reset', () => {
    const { subscription, take } = start({ retainAcked: true });
    publish(subscription, '1');
    const [delivery] = take();
    subscription.reset(subscription.backlog().messages, () => false);
    expect(subscription.acknowledge([delivery!.ackId]).acked).toEqual([]);
    expect(idsOf(take())).toEqual(['1']);
  });

  it('drops what is older than its retention', () => {
    const { subscription, take } = start({ retentionMs: 1000 });
    publish(subscription, '1');
    pass(subscription, 500);
    publish(subscription, '2');
    pass(subscription, 600);
    expect(idsOf(take())).toEqual(['2']);
  });

  it('delivers every message until it is acked and each key in order, whatever happens', () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('publish' as const), key: fc.constantFrom('', 'a', 'b') }) },
      fc.record({ kind: fc.constantFrom('ack' as const, 'nack' as const, 'extend' as const), pick: fc.nat() }),
      fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 12_000 }) }),
      fc.record({ kind: fc.constantFrom('join' as const, 'leave' as const) }),
    );
    const rules = fc.record({ ordered: fc.boolean(), exactlyOnce: fc.boolean(), minMs: fc.constantFrom(0, 700) });
    fc.assert(
      fc.property(rules, fc.array(step, { maxLength: 80 }), ({ ordered, exactlyOnce, minMs }, steps) => {
        const subscription = create({ ...plain, ordered, exactlyOnce, backoff: { minMs, maxMs: 5000 } });
        const run = new Run(subscription, ordered);
        for (const one of steps) {
          if (one.kind === 'publish') run.publish(one.key);
          else if (one.kind === 'pass') run.pass(one.ms);
          else if ('pick' in one) run.answer(one.kind, one.pick);
          else if (one.kind === 'join') run.join();
          else run.leave();
        }
        run.drain();
        expect(run.unacked).toEqual(new Set());
        expect(subscription.backlog().messages).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});

/** Drives a subscription and checks each delivery against what may come. */
class Run {
  readonly unacked = new Set<string>();
  readonly #subscription: Subscription;
  readonly #ordered: boolean;
  readonly #published: string[] = [];
  readonly #lastOfKey = new Map<string, number>();
  readonly #highestOfKey = new Map<string, number>();
  readonly #takers: { consumer: Consumer; taken: Delivery[] }[] = [];
  #held: Delivery[] = [];

  constructor(subscription: Subscription, ordered: boolean) {
    this.#subscription = subscription;
    this.#ordered = ordered;
    this.join();
  }

  publish(key: string): void {
    const id = `${this.#published.length + 1}:${key}`;
    this.#published.push(id);
    this.unacked.add(idOf(id));
    publish(this.#subscription, id);
    this.#deliver();
  }

  answer(kind: 'ack' | 'nack' | 'extend', pick: number): void {
    const delivery = this.#held[pick % Math.max(1, this.#held.length)];
    if (delivery === undefined) return;
    this.#held = this.#held.filter((other) => kind === 'extend' || other !== delivery);
    if (kind === 'ack') for (const id of this.#subscription.acknowledge([delivery.ackId]).acked) this.unacked.delete(id);
    else this.#rewindAfter(() => this.#subscription.modifyDeadline([delivery.ackId], kind === 'nack' ? 0 : 10));
    this.#deliver();
  }

  pass(ms: number): void {
    this.#rewindAfter(() => pass(this.#subscription, ms));
    this.#deliver();
  }

  join(): void {
    const taken: Delivery[] = [];
    this.#takers.push({ consumer: consumerInto(taken, { maxMessages: 5 }), taken });
    this.#subscription.attach(this.#takers.at(-1)!.consumer);
    this.#deliver();
  }

  leave(): void {
    if (this.#takers.length > 1) this.#subscription.detach(this.#takers.pop()!.consumer);
  }

  /** Acks everything that is delivered from now on. */
  drain(): void {
    for (let round = 0; round < 400 && this.#subscription.backlog().messages.length > 0; round++) {
      for (const { ackId } of this.#held.splice(0)) for (const id of this.#subscription.acknowledge([ackId]).acked) this.unacked.delete(id);
      this.pass(1000);
    }
  }

  // A failure may step back to any message of a key; what follows from there has no gap again.
  #rewindAfter(change: () => void): void {
    change();
    this.#lastOfKey.clear();
  }

  #deliver(): void {
    this.#subscription.dispatch();
    for (const { taken } of this.#takers) {
      for (const delivery of taken.splice(0)) {
        this.#held.push(delivery);
        this.#checkOrder(delivery.message);
      }
    }
  }

  #checkOrder({ messageId, orderingKey }: Message): void {
    if (!this.#ordered || orderingKey === '') return;
    const ofKey = this.#published.filter((id) => id.endsWith(`:${orderingKey}`)).map(idOf);
    const position = ofKey.indexOf(messageId);
    const last = this.#lastOfKey.get(orderingKey);
    if (last !== undefined) expect(position).toBe(last + 1);
    this.#lastOfKey.set(orderingKey, position);
    const highest = this.#highestOfKey.get(orderingKey) ?? -1;
    expect(position).toBeLessThanOrEqual(highest + 1);
    this.#highestOfKey.set(orderingKey, Math.max(highest, position));
  }
}

function start(rules: Partial<Rules> = {}, forward?: () => boolean, limits?: Partial<Consumer>) {
  const subscription = create({ ...plain, ...rules }, forward);
  return { subscription, take: attach(subscription, limits) };
}

function create(rules: Rules, forward?: () => boolean): Subscription {
  const keep = (message: Message, attempts: number) => forwarded.push(`${message.messageId} after ${attempts}`) > 0;
  return new Subscription(rules, () => now, forward ?? keep);
}

/** Returns a function that hands out what is ready and tells what this consumer got since it was last asked. */
function attach(subscription: Subscription, limits: Partial<Consumer> = {}): () => Delivery[] {
  const taken: Delivery[] = [];
  subscription.attach(consumerInto(taken, limits));
  return () => {
    subscription.dispatch();
    return taken.splice(0);
  };
}

function consumerInto(taken: Delivery[], limits: Partial<Consumer>): Consumer {
  return {
    maxMessages: 0,
    maxBytes: 0,
    leaseSeconds: 10,
    open: true,
    deliver: (deliveries) => {
      taken.push(...deliveries);
    },
    close: () => {},
    ...limits,
  };
}

/** Publishes messages named `id` or `id:ordering key`. */
function publish(subscription: Subscription, ...names: string[]): void {
  for (const name of names) {
    const publishTime = { seconds: Math.floor(now / 1000), nanos: (now % 1000) * 1e6 };
    subscription.publish({
      messageId: idOf(name),
      data: Buffer.from('x'),
      attributes: {},
      orderingKey: name.split(':')[1] ?? '',
      publishTime,
    });
  }
}

function pass(subscription: Subscription, ms: number): void {
  now += ms;
  subscription.tick();
}

function idOf(name: string): string {
  return name.split(':')[0] ?? '';
}

function idsOf(deliveries: readonly Delivery[]): string[] {
  return deliveries.map((delivery) => delivery.message.messageId);
}
