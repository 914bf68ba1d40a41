export { postAlertsTo, raiseAlert, recordDeadLetter, recordOutcomes, recordRecalculations, resolveAlert } from './events.ts';
export { createLogger, describeError, type Logger } from './log.ts';
export { inSpan, traceAttributes } from './trace.ts';
export { type Alert, openWebhook, type Webhook } from './webhook.ts';
