import {
  type handleBidiStreamingCall,
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServerErrorResponse,
  status,
} from '@grpc/grpc-js';
import { findFreePort } from '../local/free-port.ts';
import { Broker, type Change, type Refusal } from './broker.ts';
import { type Pull, pull, type StreamingPull, streamingPull } from './consumers.ts';
import { Journal } from './journal.ts';
import { publisherService, subscriberService, toAckErrorTrailer } from './protos.ts';
import { type SubscriptionConfig, type Timestamp, type TopicConfig, toMs } from './resources.ts';

export type PubsubServer = { readonly host: string; readonly port: number; stop(): Promise<void> };

type Page = { readonly pageSize: number; readonly pageToken: string };

const host = '127.0.0.1';
const tickMs = 50;
const maxRequestBytes = 12 << 20;
const portsTried = 100;

/** Serves Pub/Sub on this machine, at the next free port if the given one is taken; port 0 is any. What is in the folder outlives a restart. */
export async function startPubsubServer({ port, folder }: { port: number; folder?: string | undefined }): Promise<PubsubServer> {
  const broker = new Broker();
  const journal = folder === undefined ? null : new Journal<Change>(folder, () => broker.dump());
  await journal?.open((change) => broker.apply(change));
  if (journal !== null) broker.keep(journal);
  const server = new Server({ 'grpc.max_receive_message_length': maxRequestBytes, 'grpc.max_send_message_length': -1 });
  server.addService(publisherService, publisherHandlers(broker));
  server.addService(subscriberService, subscriberHandlers(broker));
  const bound = await bind(server, port);
  const ticker = setInterval(() => broker.tick(), tickMs);
  const stop = async () => {
    clearInterval(ticker);
    server.forceShutdown();
    journal?.close();
  };
  return { host, port: bound, stop };
}

async function bind(server: Server, port: number): Promise<number> {
  for (let candidate = port; candidate < port + portsTried; candidate++) {
    // Asked for first, because a failed attempt of gRPC's own ends up on the console.
    const free = await findFreePort(candidate);
    if (port !== 0 && free !== candidate) continue;
    const bound = await new Promise<number | null>((resolve) => {
      server.bindAsync(`${host}:${free}`, ServerCredentials.createInsecure(), (error, actual) => resolve(error === null ? actual : null));
    });
    if (bound !== null) return bound;
  }
  throw new Error(`no free port from ${port} to ${port + portsTried - 1} on ${host}`);
}

function publisherHandlers(broker: Broker) {
  return {
    createTopic: unary((config: TopicConfig) => broker.createTopic(config)),
    getTopic: unary(({ topic }: { topic: string }) => broker.findTopic(topic)),
    updateTopic: unary(({ topic, updateMask }: { topic: TopicConfig; updateMask: { paths: string[] } }) =>
      broker.updateTopic(topic, updateMask.paths),
    ),
    deleteTopic: unary(({ topic }: { topic: string }) => broker.deleteTopic(topic)),
    listTopics: unary((request: { project: string } & Page) => paged('topics', within(request.project, broker.listTopics()), request)),
    listTopicSubscriptions: unary((request: { topic: string } & Page) => {
      const page = paged(
        'subscriptions',
        broker.listSubscriptions().filter(({ topic }) => topic === request.topic),
        request,
      );
      return { ...page, subscriptions: (page.subscriptions as SubscriptionConfig[]).map(({ name }) => name) };
    }),
    publish: unary(({ topic, messages }: { topic: string; messages: Parameters<Broker['publish']>[1] }) => {
      const published = broker.publish(topic, messages);
      return 'code' in published ? published : { messageIds: published };
    }),
  };
}

function subscriberHandlers(broker: Broker) {
  return {
    createSubscription: unary((config: SubscriptionConfig) => broker.createSubscription(config)),
    getSubscription: unary(({ subscription }: { subscription: string }) => configOf(broker, subscription)),
    updateSubscription: unary(({ subscription, updateMask }: { subscription: SubscriptionConfig; updateMask: { paths: string[] } }) =>
      broker.updateSubscription(subscription, updateMask.paths),
    ),
    deleteSubscription: unary(({ subscription }: { subscription: string }) => broker.deleteSubscription(subscription)),
    listSubscriptions: unary((request: { project: string } & Page) =>
      paged('subscriptions', within(request.project, broker.listSubscriptions()), request),
    ),
    createSnapshot: unary(({ name, subscription }: { name: string; subscription: string }) => broker.createSnapshot(name, subscription)),
    getSnapshot: unary(({ snapshot }: { snapshot: string }) => broker.findSnapshot(snapshot)),
    deleteSnapshot: unary(({ snapshot }: { snapshot: string }) => broker.deleteSnapshot(snapshot)),
    listSnapshots: unary((request: { project: string } & Page) =>
      paged('snapshots', within(request.project, broker.listSnapshots()), request),
    ),
    seek: unary(({ subscription, time, snapshot }: { subscription: string; time: Timestamp | null; snapshot?: string }) =>
      broker.seek(subscription, time ? toMs(time) : (snapshot ?? '')),
    ),
    acknowledge: unary(({ subscription, ackIds }: { subscription: string; ackIds: string[] }) =>
      toAckAnswer(ackIds, broker.acknowledge(subscription, ackIds), 'TRANSIENT_FAILURE_NOT_TRIED'),
    ),
    modifyAckDeadline: unary(
      ({ subscription, ackIds, ackDeadlineSeconds }: { subscription: string; ackIds: string[]; ackDeadlineSeconds: number }) =>
        toAckAnswer(ackIds, broker.modifyDeadline(subscription, ackIds, ackDeadlineSeconds), 'TRANSIENT_FAILURE_REPEAT'),
    ),
    pull: (...call: Parameters<handleUnaryCall<Pull, object>>) => pull(broker, ...call),
    streamingPull: (...call: Parameters<handleBidiStreamingCall<StreamingPull, object>>) => streamingPull(broker, ...call),
  };
}

function unary<Request, Answer extends object>(
  answer: (request: Request) => Answer | Refusal | ServerErrorResponse,
): handleUnaryCall<Request, Answer> {
  return (call, callback) => {
    const result = answer(call.request);
    if ('code' in result) callback(result as ServerErrorResponse);
    else callback(null, result as Answer);
  };
}

function configOf(broker: Broker, name: string): SubscriptionConfig | Refusal {
  const held = broker.findSubscription(name);
  return 'code' in held ? held : held.config;
}

function within<T extends { readonly name: string }>(project: string, resources: readonly T[]): T[] {
  return resources.filter(({ name }) => name.startsWith(`${project}/`));
}

function paged<T extends { readonly name: string }>(
  field: string,
  resources: readonly T[],
  { pageSize, pageToken }: Page,
): Record<string, unknown> {
  const rest = resources.filter(({ name }) => name > pageToken).sort((a, b) => (a.name < b.name ? -1 : 1));
  const page = rest.slice(0, pageSize || rest.length);
  return { [field]: page, nextPageToken: page.length < rest.length ? (page.at(-1)?.name ?? '') : '' };
}

// The client takes an id that an error does not name for a failed one, so each id of the request is named.
function toAckAnswer(ackIds: readonly string[], expired: readonly string[] | Refusal, othersFate: string): object {
  if ('code' in expired || expired.length === 0) return 'code' in expired ? expired : {};
  const isExpired = new Set(expired);
  const fates = ackIds.map((ackId) => [ackId, isExpired.has(ackId) ? 'PERMANENT_FAILURE_INVALID_ACK_ID' : othersFate]);
  return { code: status.FAILED_PRECONDITION, details: 'some ack ids are invalid', metadata: toAckErrorTrailer(Object.fromEntries(fates)) };
}
