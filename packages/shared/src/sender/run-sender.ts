import { z } from 'zod';
import {
  type Clock,
  createClock,
  databaseSettings,
  destinationsSetting,
  leaseSetting,
  pubsubSettings,
  serviceSettings,
  statementSetting,
} from '../config/index.ts';
import { type Conversion, conversionSchema, type Parsed, parseJsonWith } from '../conversion/index.ts';
import { connect, type Database, untilReachable } from '../db/index.ts';
import { postgresLedger, type ReadBackPlan, relayOutbox } from '../ledger/index.ts';
import { conversionsTopic, subscriptionOf } from '../messages/index.ts';
import { connectPubsub, consume, createPublisher, type Relay, startRelay } from '../pubsub/index.ts';
import { runService, type ServiceSettings } from '../service/index.ts';
import { type Logger, raiseAlert, recordOutcomes } from '../telemetry/index.ts';
import { deliverBatch } from './deliver-batch.ts';
import type { Lanes } from './lanes.ts';
import type { Platform, ReadBack } from './platform.ts';
import { postgresLanes } from './postgres-lanes.ts';
import { type ReadBackProblem, readBackReport, readBackRequests } from './read-back.ts';

/** The settings that every sender has; a sender's config.ts adds its own. */
export const senderSettings = {
  ...serviceSettings,
  ...databaseSettings,
  ...statementSetting,
  ...pubsubSettings,
  ...destinationsSetting,
  /** How long a batch fills before it is sent short of the platform's limit. */
  BATCH_WAIT_MS: z.coerce.number().int().min(10).max(60_000).default(1_000),
  ...leaseSetting,
  /** Batches of one account that may be on their way at once. */
  UPLOADS_AT_ONCE: z.coerce.number().int().min(1).max(10).default(1),
};

type SenderConfig = ServiceSettings & z.infer<z.ZodObject<typeof senderSettings>>;

const relayPauseMs = 250;
const relayLimit = 2_000;
const readBackPauseMs = 30_000;

const planReadBack = (readBack: ReadBack | null): ReadBackPlan | null =>
  readBack === null || readBack.kind === 'by-day' ? null : { afterMs: readBack.kind === 'at-once' ? null : readBack.firstAfterMs };

/** Asks the platform, again and again, what it has counted. */
function startReadBack(db: Database, { name, readBack }: { name: string; readBack: ReadBack | null }, log: Logger): Relay[] {
  const tell = (problem: ReadBackProblem): void =>
    raiseAlert(log, {
      name: 'read-back-failed',
      platform: name,
      account: problem.account,
      source: problem.source,
      detail: problem.problem,
    });
  if (readBack?.kind === 'by-request') {
    const round = async (): Promise<number> => {
      const { asked, problems } = await readBackRequests(db, name, readBack);
      problems.forEach(tell);
      return asked;
    };
    return [startRelay('read-back', { pauseMs: Math.min(readBackPauseMs, Math.max(readBack.firstAfterMs, relayPauseMs)), log, round })];
  }
  if (readBack?.kind !== 'by-day') return [];
  return readBack.accounts.map((account) => {
    const round = async (): Promise<number> => {
      const problem = await readBackReport(db, name, readBack, account, new Date());
      if (problem !== null) tell(problem);
      return 0;
    };
    return startRelay(`report of ${account}`, { pauseMs: readBack.everyMs, log, round });
  });
}

/** Reads a message of a platform's topic; one that was meant for another platform is refused. */
export function decodeConversion(platform: string, text: string): Parsed<Conversion> {
  const decoded = parseJsonWith(conversionSchema, text);
  if (!decoded.ok || decoded.value.platform === platform) return decoded;
  return { ok: false, reason: `platform: ${decoded.value.platform} was published on the topic of ${platform}` };
}

/** A sender's whole life: consumes its platform's topic, delivers in full batches by account, republishes what is due, relays its outbox. */
export function runSender<C extends SenderConfig, Item, Restated, Retracted>(
  service: string,
  readConfig: () => C,
  connectPlatform: (config: C, log: Logger, clock: Clock) => Promise<Platform<Item, Restated, Retracted>>,
): Promise<void> {
  return runService(service, readConfig, async (config, log, signal) => {
    const clock = createClock(config.CLOCK_AT);
    const platform = await connectPlatform(config, log, clock);
    const db = connect(config.DATABASE_URL, config.DATABASE_POOL, config.DATABASE_TIMEOUT_MS);
    const pubsub = connectPubsub(config.GOOGLE_CLOUD_PROJECT);
    const publisher = createPublisher(pubsub);
    const topic = conversionsTopic(platform.name);
    const postgres = postgresLedger(db, platform.name, config.LEASE_SECONDS, planReadBack(platform.readBack));
    const held = { log, signal };
    // While the database is away, batches wait with their leases extended; nothing is nacked towards the dead letter.
    const ledger: typeof postgres = {
      claim: (conversions) => untilReachable(() => postgres.claim(conversions), held),
      findHistories: (originals) => untilReachable(() => postgres.findHistories(originals), held),
      settle: (settlements, messagesOf) => untilReachable(() => postgres.settle(settlements, messagesOf), held),
      enqueue: (messages) => untilReachable(() => postgres.enqueue(messages), held),
      republishDue: postgres.republishDue,
    };
    const inPostgres = postgresLanes(db, platform.name);
    const lanes: Lanes = {
      find: (names) => untilReachable(() => inPostgres.find(names), held),
      save: (changes) => untilReachable(() => inPostgres.save(changes), held),
      claimProbe: (lane, forMs) => untilReachable(() => inPostgres.claimProbe(lane, forMs), held),
      spend: (budgets) => untilReachable(() => inPostgres.spend(budgets), held),
    };

    const outbox = startRelay('outbox', { pauseMs: relayPauseMs, log, round: () => relayOutbox(db, publisher, platform.name, relayLimit) });
    const due = startRelay('due', { pauseMs: relayPauseMs, log, round: () => ledger.republishDue(topic, relayLimit) });
    const readBacks = startReadBack(db, platform, log);
    const consumer = consume(pubsub, publisher, log, {
      topic,
      subscription: subscriptionOf(topic, service),
      decode: (text) => decodeConversion(platform.name, text),
      laneOf: ({ account }) => account,
      batch: { size: platform.batchLimit, waitMs: config.BATCH_WAIT_MS },
      concurrency: config.UPLOADS_AT_ONCE,
      handle: async (conversions, account) => {
        const { alert, ...report } = await deliverBatch({ platform, ledger, lanes, clock }, account, conversions);
        recordOutcomes(log, report);
        if (alert !== null && alert.kind !== 'delivered') {
          raiseAlert(log, { name: `sender-${alert.kind}`, platform: platform.name, account, code: alert.code, detail: alert.reason });
        }
        outbox.wake();
        return conversions.map(() => 'ack');
      },
    });

    return {
      stop: async () => {
        await consumer.stop();
        await Promise.all([due, ...readBacks].map((relay) => relay.stop()));
        await outbox.drain();
        await pubsub.close();
        await db.destroy();
      },
    };
  });
}
