import { z } from 'zod';
import type { Touch } from '../../journeys/journey.ts';
import { type PhaseShares, phases } from './score-phases.ts';
import { type Shares, sumOf } from './shares.ts';

const phaseRule = z.strictObject({
  direction: z.enum(['earlier_sessions_only', 'any_session', 'later_sessions_only']),
  receive_threshold: z.number().min(0).max(1),
  redistribution_channel_labels: z.array(z.string().min(1)),
});

/** The API's redistribution_parameter: which channels give their share of a phase away, and to whom. */
export const redistributionSchema = z.strictObject({
  initializer: phaseRule.optional(),
  holder: phaseRule.optional(),
  closer: phaseRule.optional(),
});

export type Redistribution = z.infer<typeof redistributionSchema>;
type PhaseRule = z.infer<typeof phaseRule>;

function redistributePhase(touches: Touch[], shares: Shares, rule: PhaseRule): Shares {
  const givers = new Set(rule.redistribution_channel_labels);
  const gives = touches.map(({ channel }) => givers.has(channel));
  const received = [...shares];
  for (const [giver, share] of shares.entries()) {
    if (gives[giver] !== true || share === 0) continue;
    const takes = shares.map((mass, index) => {
      const isInDirection =
        rule.direction === 'any_session' || (rule.direction === 'earlier_sessions_only' ? index < giver : index > giver);
      return isInDirection && gives[index] !== true && mass >= rule.receive_threshold ? mass : 0;
    });
    const taken = sumOf(takes);
    if (taken === 0) continue;
    received[giver] = (received[giver] ?? 0) - share;
    for (const [taker, mass] of takes.entries()) received[taker] = (received[taker] ?? 0) + (share * mass) / taken;
  }
  return received;
}

/**
 * Takes the listed channels' shares of a phase and hands them, pro rata, to the sessions of other channels in the rule's direction whose own
 * share reaches the threshold; a share that nobody may take stays. The API does not publish its own way in detail.
 */
export function redistribute(touches: Touch[], shares: PhaseShares, redistribution: Redistribution): PhaseShares {
  const changed = phases.map((phase) => {
    const rule = redistribution[phase];
    return [phase, rule === undefined ? shares[phase] : redistributePhase(touches, shares[phase], rule)];
  });
  return Object.fromEntries(changed) as PhaseShares;
}
