export { buildConversion } from './builders.ts';
export { Chance } from './simulation/chance.ts';
export { MemoryLedger } from './simulation/memory-ledger.ts';
