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
export { errorOf, isFinal, type Outcome, type OutcomeKind, outcomeKinds, supersededCode, wasTaken } from './outcome.ts';
export { type Parsed, parseJsonWith, parseWith } from './parsed.ts';
