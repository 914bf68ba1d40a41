/** The topics that are not per platform. */
export const topics = {
  trackingEvents: 'tracking-events',
  predictionsSynced: 'predictions-synced',
  conversionOutcomes: 'conversion-outcomes',
} as const;

export const conversionsTopic = (platform: string): string => `conversions-${platform}`;
export const deadLetterTopic = (topic: string): string => `${topic}-dead-letter`;
export const subscriptionOf = (topic: string, service: string): string => `${topic}.${service}`;
/** Where a topic's dead letters wait until someone replays or drops them. */
export const parkingSubscription = (topic: string): string => subscriptionOf(deadLetterTopic(topic), 'parking');
