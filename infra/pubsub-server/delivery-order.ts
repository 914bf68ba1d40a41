import { Queue } from './queue.ts';

export type Message = {
  readonly messageId: string;
  readonly data: Buffer;
  readonly attributes: Readonly<Record<string, string>>;
  readonly orderingKey: string;
  readonly publishTime: { readonly seconds: number; readonly nanos: number };
};

/** A message in one subscription. */
export type Entry = {
  readonly message: Message;
  readonly lane: Lane | null;
  readonly position: number;
  state: 'ready' | 'leased' | 'waiting' | 'acked';
  failures: number;
  /** Number of its newest delivery; an ack id of this number or less is void once the entry was rewound. */
  delivery: number;
  voidUpTo: number;
  consumer: object | null;
};

/** The messages of one ordering key; `next` is the position that is delivered next. */
type Lane = {
  readonly key: string;
  readonly entries: Queue<Entry>;
  next: number;
  leased: number;
  owner: object | null;
  queue: Queue<Turn> | null;
};
type Turn = Entry | Lane;

/** Whose turn it is: messages without a key in any order, messages of a key in theirs and, while some are leased, to one consumer. */
export class DeliveryOrder {
  #lanes = new Map<string, Lane>();
  #shared = new Queue<Turn>();
  #own = new WeakMap<object, Queue<Turn>>();

  admit(message: Message, ordered: boolean): Entry {
    const lane = ordered && message.orderingKey !== '' ? this.#laneOf(message.orderingKey) : null;
    const position = lane === null ? 0 : lane.entries.start + lane.entries.size;
    const entry: Entry = { message, lane, position, state: 'ready', failures: 0, delivery: 0, voidUpTo: 0, consumer: null };
    lane?.entries.push(entry);
    this.offer(entry);
    return entry;
  }

  /** Makes the entry deliverable. */
  offer(entry: Entry): void {
    entry.state = 'ready';
    if (entry.lane === null) this.#shared.push(entry);
    else this.#queueUp(entry.lane);
  }

  /** Leases the next entry to the consumer. */
  lease(consumer: object): Entry | undefined {
    const own = this.#own.get(consumer);
    return (own && this.#take(own, consumer)) ?? this.#take(this.#shared, consumer);
  }

  /** To be called whenever a lease ends, before the entry gets its next state. */
  release(entry: Entry): void {
    entry.consumer = null;
    if (entry.lane === null) return;
    entry.lane.leased--;
    this.#queueUp(entry.lane);
  }

  /** Steps back to a failed entry and returns those of its key that were already delivered after it: they are delivered again. */
  rewind({ lane, position }: Entry): Entry[] {
    if (lane === null) return [];
    const delivered = Array.from({ length: lane.next - position - 1 }, (_, index) => lane.entries.at(position + 1 + index));
    lane.next = position;
    return delivered.filter((entry) => entry !== undefined);
  }

  /** Marks the entry acked and returns those that are no longer needed: within a key an acked one stays until all before it are acked. */
  finish(entry: Entry): Entry[] {
    entry.state = 'acked';
    const { lane } = entry;
    if (lane === null) return [entry];
    const finished: Entry[] = [];
    while (lane.entries.at(lane.entries.start)?.state === 'acked') finished.push(lane.entries.shift() as Entry);
    lane.next = Math.max(lane.next, lane.entries.start);
    if (lane.entries.size === 0) this.#lanes.delete(lane.key);
    else this.#queueUp(lane);
    return finished;
  }

  #laneOf(key: string): Lane {
    const known = this.#lanes.get(key);
    if (known !== undefined) return known;
    const lane: Lane = { key, entries: new Queue(), next: 0, leased: 0, owner: null, queue: null };
    this.#lanes.set(key, lane);
    return lane;
  }

  #queueUp(lane: Lane): void {
    const isReady = lane.entries.at(lane.next)?.state === 'ready';
    const queue = isReady ? this.#queueFor(lane) : null;
    if (queue !== lane.queue) queue?.push(lane);
    lane.queue = queue;
  }

  #queueFor(lane: Lane): Queue<Turn> {
    if (lane.leased === 0 || lane.owner === null) return this.#shared;
    const own = this.#own.get(lane.owner) ?? new Queue<Turn>();
    this.#own.set(lane.owner, own);
    return own;
  }

  #take(queue: Queue<Turn>, consumer: object): Entry | undefined {
    for (let turn = queue.shift(); turn !== undefined; turn = queue.shift()) {
      const entry = 'entries' in turn ? this.#takeFromLane(turn, queue, consumer) : turn;
      if (entry?.state !== 'ready') continue;
      entry.state = 'leased';
      entry.consumer = consumer;
      if (entry.lane !== null) this.#queueUp(entry.lane);
      return entry;
    }
    return undefined;
  }

  // A lane that moved to another queue leaves its old turn behind; that one is void.
  #takeFromLane(lane: Lane, queue: Queue<Turn>, consumer: object): Entry | undefined {
    if (lane.queue !== queue) return undefined;
    lane.queue = null;
    const entry = lane.entries.at(lane.next);
    if (entry?.state !== 'ready') return undefined;
    lane.next++;
    lane.leased++;
    lane.owner = consumer;
    return entry;
  }
}
