export { connectPubsub, type PubSub } from './client.ts';
export { type ConsumeOptions, type Consumer, consume, type Fate } from './consume.ts';
export { createPublisher, type OutgoingMessage, type Publisher } from './publish.ts';
export { type Relay, startRelay } from './relay.ts';
