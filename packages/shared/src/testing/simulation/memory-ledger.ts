import { type Conversion, fingerprint } from '../../conversion/index.ts';
import type { AuditRow, Claim, Ledger, LedgerEntry, OutboxMessage, Settlement } from '../../ledger/index.ts';
import { waitMs } from '../../ledger/settle.ts';

interface Row {
  conversion: Conversion;
  hash: string;
  state: 'in-flight' | 'waiting' | 'republished' | 'settled';
  attempt: number;
  /** The last attempt that has ended; 0: none. */
  ended: number;
  /** When the lease or the wait ends. */
  dueMs: number;
  outcome: LedgerEntry['outcome'];
  code: string | null;
}

const lostAfterMs = 10 * 60_000;

/** The ledger in memory, in the very steps of the one in Postgres; a test holds the two equal. */
export class MemoryLedger implements Ledger {
  readonly #rows = new Map<string, Row>();
  readonly #nowMs: () => number;
  readonly #leaseMs: number;
  readonly audit: AuditRow[] = [];
  readonly outbox: OutboxMessage[] = [];

  constructor(nowMs: () => number, leaseSeconds: number) {
    this.#nowMs = nowMs;
    this.#leaseMs = leaseSeconds * 1_000;
  }

  async claim(conversions: Conversion[]): Promise<Claim[]> {
    return conversions.map((conversion): Claim => {
      const [now, hash] = [this.#nowMs(), fingerprint(conversion)];
      const row = this.#rows.get(conversion.eventId);
      const dueMs = now + this.#leaseMs;
      if (row === undefined) {
        this.#rows.set(conversion.eventId, {
          conversion,
          hash,
          state: 'in-flight',
          attempt: 1,
          ended: 0,
          dueMs,
          outcome: null,
          code: null,
        });
        return { kind: 'claimed', attempt: 1 };
      }
      if (row.hash !== hash) return { kind: 'conflict' };
      if (row.state === 'settled') return { kind: 'settled' };
      if (row.state !== 'republished' && row.dueMs > now) return { kind: 'kept' };
      Object.assign(row, { state: 'in-flight', attempt: row.attempt + 1, dueMs });
      return { kind: 'claimed', attempt: row.attempt };
    });
  }

  async findHistories(originals: string[]): Promise<Map<string, LedgerEntry[]>> {
    const wanted = new Set(originals);
    const entries = [...this.#rows.values()].flatMap(({ conversion, state, outcome, code }) => {
      const original = conversion.correction?.of ?? conversion.eventId;
      const { kind, sequence } = conversion.correction ?? {};
      const correction = kind === undefined || sequence === undefined ? null : { kind, sequence };
      const entry: LedgerEntry = { eventId: conversion.eventId, correction, isSettled: state === 'settled', outcome, code };
      return wanted.has(original) ? [{ original, entry }] : [];
    });
    const byOriginal = Map.groupBy(entries, ({ original }) => original);
    return new Map([...byOriginal].map(([original, of]) => [original, of.map(({ entry }) => entry)]));
  }

  async settle(settlements: Settlement[], messagesOf: (settled: Settlement) => OutboxMessage[]): Promise<Set<string>> {
    const settled = settlements.filter(({ conversion, attempt, outcome }) => {
      const row = this.#rows.get(conversion.eventId);
      if (
        row === undefined ||
        row.attempt !== attempt ||
        row.ended === attempt ||
        (row.state !== 'in-flight' && row.state !== 'republished')
      )
        return false;
      const wait = waitMs(outcome, attempt);
      Object.assign(row, {
        ...{ ended: attempt, state: wait === null ? 'settled' : 'waiting', dueMs: this.#nowMs() + (wait ?? 0) },
        ...{ outcome: outcome.kind, code: outcome.kind === 'delivered' ? null : outcome.code },
      });
      return true;
    });
    this.audit.push(...settled.flatMap(({ audit }) => audit ?? []));
    this.outbox.push(...settled.flatMap(messagesOf));
    return new Set(settled.map(({ conversion }) => conversion.eventId));
  }

  async enqueue(messages: OutboxMessage[]): Promise<void> {
    this.outbox.push(...messages);
  }

  async republishDue(topic: string, limit: number): Promise<number> {
    const now = this.#nowMs();
    const due = [...this.#rows.values()].filter(({ state, dueMs }) => state !== 'settled' && dueMs <= now);
    due.sort((left, right) => Date.parse(left.conversion.occurredAt) - Date.parse(right.conversion.occurredAt));
    const released = due.slice(0, limit);
    for (const row of released) {
      Object.assign(row, { state: 'republished', dueMs: now + lostAfterMs });
      this.outbox.push({ topic, payload: JSON.stringify(row.conversion), attributes: {} });
    }
    return released.length;
  }

  /** When the next lease or wait ends; null where everything is settled. */
  nextDueMs(): number | null {
    const open = [...this.#rows.values()].filter(({ state }) => state !== 'settled');
    return open.length === 0 ? null : Math.min(...open.map(({ dueMs }) => dueMs));
  }

  /** Event id -> how it ended, or null while it is open. */
  endings(): Map<string, LedgerEntry['outcome']> {
    return new Map([...this.#rows].map(([eventId, { state, outcome }]) => [eventId, state === 'settled' ? outcome : null]));
  }
}
