export {
  type Click,
  type Consent,
  type Conversion,
  type Correction,
  clickSchema,
  conversionSchema,
  type Money,
  moneySchema,
} from './conversion.ts';
export { type DecisionReason, decisionReasons } from './decision-reasons.ts';
export { buildEventId, type EventIdParts } from './event-id.ts';
export { canonicalJson, fingerprint } from './fingerprint.ts';
export { hashIdentifier } from './hashing.ts';
export { isFinal, type Outcome, type OutcomeKind, outcomeKinds } from './outcome.ts';
export { type Parsed, parseJsonWith, parseWith } from './parsed.ts';
