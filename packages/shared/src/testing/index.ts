export { buildConversion } from './builders.ts';
export { MemoryLedger } from './simulation/memory-ledger.ts';
