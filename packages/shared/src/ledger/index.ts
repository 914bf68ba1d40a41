export type { AuditRow, Claim, Ledger, LedgerEntry, OutboxMessage, Settlement } from './ledger.ts';
export { relayOutbox } from './outbox.ts';
export { postgresLedger } from './postgres-ledger.ts';
export type { ReadBackPlan } from './settle.ts';
