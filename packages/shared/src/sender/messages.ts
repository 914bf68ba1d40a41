import { randomUUID } from 'node:crypto';
import type { Conversion, Outcome } from '../conversion/index.ts';
import type { OutboxMessage } from '../ledger/index.ts';
import { type ConversionOutcome, conversionsTopic, deadLetterTopic, topics } from '../messages/index.ts';

/** Tells the hub how an attempt ended. An attempt's id is stable, so that a repeated publish counts once; attempt 0 is a message that was not attempted. */
export function outcomeMessage(conversion: Conversion, attempt: number, outcome: Outcome, endedAt: Date): OutboxMessage {
  const { platform, account, eventId, conversionType } = conversion;
  const message: ConversionOutcome = {
    version: 1,
    outcomeId: attempt === 0 ? randomUUID() : `${platform}:${eventId}:${attempt}`,
    platform,
    account,
    eventId,
    conversionType,
    attempt,
    kind: outcome.kind,
    code: outcome.kind === 'delivered' ? null : outcome.code,
    reason: outcome.kind === 'delivered' ? null : outcome.reason,
    reference: outcome.kind === 'delivered' ? outcome.reference : null,
    endedAt: endedAt.toISOString(),
  };
  return { topic: topics.conversionOutcomes, payload: JSON.stringify(message), attributes: { platform } };
}

/** The conversion as it came, beside the reason why it can never be sent. */
export const deadLetterCopy = (conversion: Conversion, outcome: Extract<Outcome, { kind: 'rejected' }>): OutboxMessage => ({
  topic: deadLetterTopic(conversionsTopic(conversion.platform)),
  payload: JSON.stringify(conversion),
  attributes: { code: outcome.code, reason: outcome.reason, eventId: conversion.eventId },
});
