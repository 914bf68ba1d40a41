import { isRefusal } from '../db/index.ts';
import type { Ledger, OutboxMessage, Settlement } from '../ledger/index.ts';

const refused = {
  kind: 'held',
  code: 'ENDING_REFUSED',
  reason: 'the platform answered, and the database refuses to keep the ending; look for a value that its columns cannot hold',
} as const;

/**
 * Settles in one transaction; where the database refuses it, in halves, so that a row that cannot be written keeps no other from its ending.
 * Such a row is held. Answers the settlements as they were written.
 */
export async function settleApart(
  ledger: Ledger,
  settlements: Settlement[],
  messagesOf: (settled: Settlement) => OutboxMessage[],
): Promise<Settlement[]> {
  try {
    await ledger.settle(settlements, messagesOf);
    return settlements;
  } catch (error) {
    const [first] = settlements;
    if (first === undefined || !isRefusal(error)) throw error;
    if (settlements.length > 1) {
      const middle = Math.ceil(settlements.length / 2);
      const left = await settleApart(ledger, settlements.slice(0, middle), messagesOf);
      return [...left, ...(await settleApart(ledger, settlements.slice(middle), messagesOf))];
    }
    if (first.outcome.kind === refused.kind && first.outcome.code === refused.code) throw error;
    return settleApart(ledger, [{ ...first, outcome: refused, audit: null }], messagesOf);
  }
}
