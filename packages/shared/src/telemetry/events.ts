import { metrics } from '@opentelemetry/api';
import type { Logger } from './log.ts';
import type { Alert, Webhook } from './webhook.ts';

const meter = metrics.getMeter('waybill');
const outcomes = meter.createCounter('waybill.conversion.outcomes');
const deadLetters = meter.createCounter('waybill.dead_letters');
const alerts = meter.createCounter('waybill.alerts');
const recalculations = meter.createCounter('waybill.attribution.recalculations');
const lateness = meter.createHistogram('waybill.attribution.lateness', { unit: 'ms' });

/** Counts how many conversions of a platform ended an attempt in which way. */
export function recordOutcomes(
  log: Logger,
  batch: { platform: string; account: string; counts: Record<string, number>; calls: number },
): void {
  for (const [kind, count] of Object.entries(batch.counts)) outcomes.add(count, { platform: batch.platform, kind });
  log.info({ ...batch }, 'batch delivered');
}

/** A message that cannot be read was parked with its reason. */
export function recordDeadLetter(log: Logger, letter: { topic: string; messageId: string; reason: string }): void {
  deadLetters.add(1, { topic: letter.topic });
  log.warn({ ...letter }, 'message parked in the dead letter');
}

/** Counts entities of which the attribution was computed, and how late each was, in milliseconds after it was due. */
export function recordRecalculations(batch: { kind: string; step: number; succeeded: number[]; failed: number; changed: number }): void {
  const { kind, step } = batch;
  recalculations.add(batch.succeeded.length, { kind, step, result: 'succeeded' });
  if (batch.failed > 0) recalculations.add(batch.failed, { kind, step, result: 'failed' });
  if (batch.changed > 0) recalculations.add(batch.changed, { kind, step, result: 'changed' });
  for (const ms of batch.succeeded) lateness.record(ms, { kind, step });
}

let webhook: Webhook | null = null;

/** Posts every alert of the process to a webhook too, from now on. */
export function postAlertsTo(opened: Webhook): void {
  webhook = opened;
}

/** Tells a person, by the log, the metrics and the webhook where there is one; the name is low-cardinality, the detail says what and how to mend it. */
export function raiseAlert(log: Logger, alert: Alert): void {
  alerts.add(1, { name: alert.name });
  log.error({ alert }, `ALERT ${alert.name}: ${alert.detail}`);
  webhook?.send(alert);
}

/** Tells that what an alert was raised for is over. */
export function resolveAlert(log: Logger, alert: Alert): void {
  log.info({ alert }, `RESOLVED ${alert.name}: ${alert.detail}`);
  webhook?.send({ ...alert, state: 'resolved' });
}
