export {
  type ConversionOutcome,
  conversionOutcomeSchema,
  type PredictionsSynced,
  predictionsSyncedSchema,
  type SessionStarted,
  sessionStartedSchema,
} from './schemas.ts';
export { conversionsTopic, deadLetterTopic, parkingSubscription, subscriptionOf, topics } from './topics.ts';
