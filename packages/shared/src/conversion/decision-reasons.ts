/** Why an entity is, or is not, a conversion of a type; in the order in which they are asked, each with its plain sentence. */
export const decisionReasons = {
  spam: 'The company or contact is marked as spam.',
  'not-legitimate': 'The company is not legitimate.',
  refunded: 'The payment was refunded.',
  'outside-employees-range': "The company's employees range is unknown or lies outside the type's bounds.",
  'source-held': 'Sync holds a source of the score, because a guard doubts it; the type goes on when the source is fresh and sound again.',
  'stale-score': 'The score is older than allowed; it is held until the models have run.',
  'no-value': 'There is no value to send.',
  'no-destination': 'No account in DESTINATIONS_FILE takes this conversion type.',
  'no-click': "There is no click of the platform's channel before the conversion.",
  'click-outside-window': 'The last click is older than the lookback window.',
  'malformed-click-id': 'The click id has not the form that the platform gives out; it was cut off or changed on its way.',
  'consent-denied': 'The person has denied consent.',
  'consent-missing': 'The person lives where a grant is needed (EEA, United Kingdom, Switzerland) and has not given one.',
  'consent-not-granted': 'The type is for people who granted the use of their data for ads, and this one has not.',
  'no-identifiers': 'There is neither a click id that can be used nor an e-mail or phone number to match by.',
  malformed: 'The candidate did not fit the message schema; this is a fault of ours and was logged.',
  eligible: 'Eligible: the candidate is written once and goes to the platform; its event tells how it went.',
} as const;

export type DecisionReason = keyof typeof decisionReasons;
