import type { Database } from '../db/index.ts';
import { claim } from './claim.ts';
import { findHistories } from './find-histories.ts';
import type { Ledger } from './ledger.ts';
import { insertOutbox } from './outbox.ts';
import { republishDue } from './republish-due.ts';
import { type ReadBackPlan, settle } from './settle.ts';

/** The ledger of one platform in Postgres; a claim that is not settled within `leaseSeconds` may be taken over. */
export const postgresLedger = (db: Database, platform: string, leaseSeconds: number, readBack: ReadBackPlan | null = null): Ledger => ({
  claim: (conversions) => claim(db, platform, leaseSeconds, conversions),
  findHistories: (originals) => findHistories(db, platform, originals),
  settle: (settlements, messagesOf) => settle(db, platform, settlements, messagesOf, readBack),
  enqueue: (messages) => insertOutbox(db, platform, messages),
  republishDue: (topic, limit) => republishDue(db, platform, topic, limit),
});
