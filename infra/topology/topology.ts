import { conversionsTopic, deadLetterTopic, parkingSubscription, subscriptionOf, topics } from '@waybill/shared/messages';
import type { PlatformFolder } from './platforms.ts';

export interface SubscriptionPlan {
  name: string;
  ackDeadlineSeconds: number;
  /** Null for a parking place, from which nothing is retried. */
  retry: { minimumSeconds: number; maximumSeconds: number; deadLetterTopic: string; maxDeliveryAttempts: number } | null;
}

export interface TopicPlan {
  name: string;
  subscriptions: SubscriptionPlan[];
}

const days = 24 * 60 * 60;
/** The longest that Pub/Sub keeps an unacknowledged message: https://cloud.google.com/pubsub/docs/subscription-properties */
export const messageRetentionSeconds = 7 * days;

// Senders wait in the ledger, not by nacking, so that many deliveries of one message mean a fault of ours that a person must see.
const consumed = (topic: string, service: string): SubscriptionPlan => ({
  name: subscriptionOf(topic, service),
  ackDeadlineSeconds: 60,
  retry: { minimumSeconds: 5, maximumSeconds: 300, deadLetterTopic: deadLetterTopic(topic), maxDeliveryAttempts: 20 },
});

const withDeadLetter = (topic: string, service: string): TopicPlan[] => [
  { name: deadLetterTopic(topic), subscriptions: [{ name: parkingSubscription(topic), ackDeadlineSeconds: 60, retry: null }] },
  { name: topic, subscriptions: [consumed(topic, service)] },
];

/** Every topic and subscription, a dead letter before the topic that uses it; a platform's come from its folder's platform.json. */
export const planTopology = (platforms: PlatformFolder[]): TopicPlan[] => [
  ...withDeadLetter(topics.trackingEvents, 'attribution'),
  ...withDeadLetter(topics.predictionsSynced, 'eligibility'),
  ...withDeadLetter(topics.conversionOutcomes, 'hub'),
  ...platforms.flatMap(({ platform, service }) => withDeadLetter(conversionsTopic(platform), service)),
];
