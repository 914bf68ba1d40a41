export { type ConversionOutcome, conversionOutcomeSchema, type PredictionsSynced, predictionsSyncedSchema } from './schemas.ts';
export { conversionsTopic, deadLetterTopic, parkingSubscription, subscriptionOf, topics } from './topics.ts';
export {
  type IdentityEnd,
  type IdentityLinked,
  type IdentityType,
  type IdentityUnlinked,
  isEmailAddress,
  type LeadCaptured,
  type SessionStarted,
  type SignupCompleted,
  sessionStartedSchema,
  type TrackingEvent,
  trackingEventSchema,
} from './tracking.ts';
