import {
  type handleBidiStreamingCall,
  type handleUnaryCall,
  type ServerDuplexStream,
  type ServerErrorResponse,
  status,
} from '@grpc/grpc-js';
import type { Broker, Refusal } from './broker.ts';
import type { Consumer, Delivery, Subscription } from './subscription.ts';

export type Pull = { readonly subscription: string; readonly returnImmediately: boolean; readonly maxMessages: number };
export type StreamingPull = {
  readonly subscription: string;
  readonly ackIds: readonly string[];
  readonly modifyDeadlineAckIds: readonly string[];
  readonly modifyDeadlineSeconds: readonly number[];
  readonly streamAckDeadlineSeconds: number;
  readonly maxOutstandingMessages: number;
  readonly maxOutstandingBytes: number;
};
type Stream = ServerDuplexStream<StreamingPull, object>;
type Opened = { readonly name: string; readonly subscription: Subscription; readonly consumer: Consumer };

const emptyPullMs = 20_000;

/** Answers with the first messages there are, or with none after a while. */
export function pull(broker: Broker, ...[call, callback]: Parameters<handleUnaryCall<Pull, object>>): void {
  const held = broker.findSubscription(call.request.subscription);
  if ('code' in held) {
    callback(held as ServerErrorResponse);
    return;
  }
  const settle = (error: Refusal | null, receivedMessages: readonly Delivery[] = []) => {
    clearTimeout(timer);
    held.subscription.detach(consumer);
    callback(error as ServerErrorResponse | null, { receivedMessages });
  };
  const consumer: Consumer = {
    maxMessages: call.request.maxMessages,
    maxBytes: 0,
    leaseSeconds: held.config.ackDeadlineSeconds,
    open: true,
    deliver: (deliveries) => settle(null, deliveries),
    close: () => settle({ code: status.NOT_FOUND, details: 'the subscription was deleted' }),
  };
  const timer = setTimeout(() => settle(null), call.request.returnImmediately ? 0 : emptyPullMs);
  call.on('cancelled', () => settle(null));
  held.subscription.attach(consumer);
  held.subscription.dispatch();
}

/** Sends messages as long as the stream is open and has room. */
export function streamingPull(broker: Broker, ...[stream]: Parameters<handleBidiStreamingCall<StreamingPull, object>>): void {
  let opened: Opened | null = null;
  stream.on('data', (request: StreamingPull) => {
    if (opened === null) opened = openStream(broker, stream, request);
    else continueStream(broker, stream, opened, request);
  });
  const detach = () => opened?.subscription.detach(opened.consumer);
  for (const ending of ['cancelled', 'close', 'error']) stream.on(ending, detach);
  stream.on('end', () => {
    detach();
    stream.end();
  });
}

function openStream(broker: Broker, stream: Stream, request: StreamingPull): Opened | null {
  const held = broker.findSubscription(request.subscription);
  if ('code' in held) {
    stream.emit('error', held);
    return null;
  }
  const consumer: Consumer = {
    maxMessages: request.maxOutstandingMessages,
    maxBytes: request.maxOutstandingBytes,
    leaseSeconds: request.streamAckDeadlineSeconds || held.config.ackDeadlineSeconds,
    open: true,
    deliver: (receivedMessages) => {
      consumer.open = stream.write({ receivedMessages });
    },
    close: () => stream.emit('error', { code: status.NOT_FOUND, details: 'the subscription was deleted' }),
  };
  stream.on('drain', () => {
    consumer.open = true;
    broker.wake(held.subscription);
  });
  const { enableExactlyOnceDelivery, enableMessageOrdering } = held.config;
  stream.write({
    subscriptionProperties: { exactlyOnceDeliveryEnabled: enableExactlyOnceDelivery, messageOrderingEnabled: enableMessageOrdering },
  });
  held.subscription.attach(consumer);
  broker.wake(held.subscription);
  return { name: request.subscription, subscription: held.subscription, consumer };
}

// The client pings a quiet stream and drops it when no answer comes: any answer will do.
function continueStream(broker: Broker, stream: Stream, opened: Opened, request: StreamingPull): void {
  opened.consumer.leaseSeconds = request.streamAckDeadlineSeconds || opened.consumer.leaseSeconds;
  if (request.ackIds.length > 0) broker.acknowledge(opened.name, request.ackIds);
  request.modifyDeadlineAckIds.forEach((ackId, index) => {
    broker.modifyDeadline(opened.name, [ackId], request.modifyDeadlineSeconds[index] ?? 0);
  });
  stream.write({ receivedMessages: [] });
}
