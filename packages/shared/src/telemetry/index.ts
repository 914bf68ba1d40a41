export { raiseAlert, recordDeadLetter, recordOutcomes } from './events.ts';
export { createLogger, describeError, type Logger } from './log.ts';
export { inSpan, traceAttributes } from './trace.ts';
