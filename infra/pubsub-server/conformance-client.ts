import { PubSub, type Subscription, v1 } from '@google-cloud/pubsub';

/** A client of the server, made the way every service makes its own: by the environment. */
export function connect({ host, port }: { readonly host: string; readonly port: number }): PubSub {
  const before = process.env.PUBSUB_EMULATOR_HOST;
  process.env.PUBSUB_EMULATOR_HOST = `${host}:${port}`;
  const pubsub = new PubSub({ projectId: 'conformance' });
  if (before === undefined) delete process.env.PUBSUB_EMULATOR_HOST;
  else process.env.PUBSUB_EMULATOR_HOST = before;
  return pubsub;
}

/** The generated client is part of the same package, and the only one that pulls without a stream. */
export async function withSubscriber(pubsub: PubSub, use: (subscriber: v1.SubscriberClient) => Promise<void>): Promise<void> {
  const subscriber = new v1.SubscriberClient((await pubsub.getClientConfig()) as ConstructorParameters<typeof v1.SubscriberClient>[0]);
  await use(subscriber).finally(() => subscriber.close());
}

export async function pull(subscriber: v1.SubscriberClient, subscription: Subscription, maxMessages: number) {
  const [{ receivedMessages }] = await subscriber.pull({ subscription: subscription.name, maxMessages });
  return receivedMessages ?? [];
}

const socketPollMs = 20;

/**
 * Waits until this process has no open socket. A stream of the client tells its end only with its connection's, and does so by loading
 * files, which Jest forbids once a test file is over.
 */
export async function untilSocketsClosed(): Promise<void> {
  while (process.getActiveResourcesInfo().includes('TCPSocketWrap')) await new Promise((resolve) => setTimeout(resolve, socketPollMs));
}
