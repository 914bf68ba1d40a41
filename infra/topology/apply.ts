import type { CreateSubscriptionOptions, PubSub } from '@google-cloud/pubsub';
import { messageRetentionSeconds, type SubscriptionPlan, type TopicPlan } from './topology.ts';

const alreadyExists = 6;

const tolerateExisting = (error: unknown): 'existed' => {
  if (error instanceof Error && 'code' in error && error.code === alreadyExists) return 'existed';
  throw error;
};

function toOptions(plan: SubscriptionPlan, projectId: string): CreateSubscriptionOptions {
  const options: CreateSubscriptionOptions = {
    ackDeadlineSeconds: plan.ackDeadlineSeconds,
    messageRetentionDuration: messageRetentionSeconds,
    expirationPolicy: {},
  };
  if (plan.retry === null) return options;
  return {
    ...options,
    retryPolicy: { minimumBackoff: { seconds: plan.retry.minimumSeconds }, maximumBackoff: { seconds: plan.retry.maximumSeconds } },
    deadLetterPolicy: {
      deadLetterTopic: `projects/${projectId}/topics/${plan.retry.deadLetterTopic}`,
      maxDeliveryAttempts: plan.retry.maxDeliveryAttempts,
    },
  };
}

/** Makes every topic and subscription that is missing; what exists stays as it is. Answers how many were made. */
export async function applyTopology(pubsub: PubSub, plan: TopicPlan[]): Promise<number> {
  const made = { topics: 0, subscriptions: 0 };
  for (const topic of plan) {
    const created = await pubsub.createTopic(topic.name).catch(tolerateExisting);
    if (created !== 'existed') made.topics += 1;
    for (const subscription of topic.subscriptions) {
      const options = toOptions(subscription, pubsub.projectId);
      const result = await pubsub.topic(topic.name).createSubscription(subscription.name, options).catch(tolerateExisting);
      if (result !== 'existed') made.subscriptions += 1;
    }
  }
  return made.topics + made.subscriptions;
}
