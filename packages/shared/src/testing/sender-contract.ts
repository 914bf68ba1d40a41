import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Conversion, Correction, Outcome } from '../conversion/index.ts';
import { deliverBatch, isolate, MemoryLanes, type Platform } from '../sender/index.ts';
import type { AcceptedConversion, StandIn } from '../stand-in/index.ts';
import { MemoryLedger } from './index.ts';

/** What a platform brings to the contract of all senders. */
export interface SenderContract<Item, Restated = Item, Retracted = Restated> {
  /** A fresh stand-in and a platform that is connected to it. */
  start(): Promise<{ platform: Platform<Item, Restated, Retracted>; standIn: StandIn; stop(): Promise<void> }>;
  /** The deadline of one request. */
  timeoutMs: number;
  account: string;
  now: Date;
  /** The n-th of as many distinct, good conversions as are asked for. */
  conversion(n: number): Conversion;
  /** Ways to spoil an item so that it is refused, with the code it then gets. */
  spoiled: { sentence: string; spoil: (item: Item) => Item; code: string }[];
  /** Whether the platform takes corrections. */
  corrects: boolean;
  /** Whether the sender can make a new access token by itself. */
  renewsTokens: boolean;
}

/** What every sender promises about its platform, shown on the real wire. */
export function describeSenderContract<Item, Restated, Retracted>(name: string, contract: SenderContract<Item, Restated, Retracted>): void {
  describe(`The contract of senders, kept by ${name}`, () => {
    let platform: Platform<Item, Restated, Retracted>;
    let standIn: StandIn;
    let stop: () => Promise<void>;

    beforeEach(async () => {
      ({ platform, standIn, stop } = await contract.start());
    });
    afterEach(() => stop());

    const items = (count: number): Item[] =>
      Array.from({ length: count }, (_, n) => {
        const mapped = platform.toItem(contract.conversion(n), contract.now);
        if (!mapped.ok) throw new Error(`a good conversion was refused: ${mapped.outcome.reason}`);
        return mapped.item;
      });
    const send = (batch: Item[]) => isolate(batch, (part) => platform.upload(contract.account, part));
    const kinds = (outcomes: Outcome[]) => [...new Set(outcomes.map(({ kind }) => kind))];
    const counted = async (): Promise<number> => {
      const response = await fetch(`${standIn.url}/accepted`);
      return ((await response.json()) as { accepted: number }).accepted;
    };

    it('gives a full batch to the platform in one call', async () => {
      const { outcomes, calls } = await send(items(platform.batchLimit));
      expect(kinds(outcomes)).toEqual(['delivered']);
      expect({ calls, counted: await counted() }).toEqual({ calls: 1, counted: platform.batchLimit });
    });

    it.each(contract.spoiled)('loses one row of a full batch to $sentence', async ({ spoil, code }) => {
      const batch = items(platform.batchLimit);
      const bad = Math.floor(platform.batchLimit * 0.7);
      batch[bad] = spoil(batch[bad] as Item);
      const { outcomes } = await send(batch);
      expect(outcomes[bad]).toMatchObject({ kind: 'rejected', code });
      expect(kinds(outcomes.toSpliced(bad, 1))).toEqual(['delivered']);
      expect(await counted()).toBe(platform.batchLimit - 1);
    });

    describe('about corrections', () => {
      const original = contract.conversion(0);
      const other = contract.conversion(1);
      const correct = (kind: Correction['kind'], sequence: number, amount: string | null): Conversion => ({
        ...original,
        eventId: `${original.eventId}a${sequence}`,
        value: amount === null ? null : { amount, currency: 'USD' },
        correction: {
          kind,
          of: original.eventId,
          sequence,
          correctedAt: new Date(contract.now.getTime() - 60_000 + sequence).toISOString(),
        },
      });
      let deliver: (...conversions: Conversion[]) => Promise<Record<string, number>>;
      /** Delivers as often as the ledger wants; answers how it ended. */
      let deliverToTheEnd: (conversion: Conversion) => Promise<string | null | undefined>;
      /** What stands at the platform: the value of each conversion that counts. */
      const standing = async (): Promise<number[]> => {
        const { list } = (await (await fetch(`${standIn.url}/accepted?list`)).json()) as { list: AcceptedConversion[] };
        return list
          .flatMap(({ value, isRetracted }) => (isRetracted === true ? [] : [Number(value)]))
          .sort((one, another) => one - another);
      };

      beforeEach(() => {
        let ledgerMs = 0;
        const ledger = new MemoryLedger(() => ledgerMs, 60);
        const lanes = new MemoryLanes(() => ledgerMs);
        const clock = { now: () => contract.now };
        deliver = async (...conversions) => (await deliverBatch({ platform, ledger, lanes, clock }, contract.account, conversions)).counts;
        deliverToTheEnd = async (conversion) => {
          for (let attempt = 1; attempt <= 10 && (ledger.endings().get(conversion.eventId) ?? null) === null; attempt++) {
            await deliver(conversion);
            ledgerMs += 3_600_000;
          }
          return ledger.endings().get(conversion.eventId);
        };
      });

      if (!contract.corrects) {
        it('says that the platform takes none, without asking it', async () => {
          await deliver(original, other);
          const asked = standIn.requests();
          expect(await deliverToTheEnd(correct('restatement', 1, '77.50'))).toBe('rejected');
          expect({ requests: standIn.requests(), standing: await standing() }).toEqual({ requests: asked, standing: [12.34, 12.34] });
        });
        return;
      }

      it('restates a value once, however often the message comes, and a replay of the original changes nothing', async () => {
        await deliver(original, other);
        const restatement = correct('restatement', 1, '77.50');
        expect(await deliverToTheEnd(restatement)).toBe('delivered');
        expect(await deliver(restatement, original, other)).toEqual({ settled: 3 });
        expect(await standing()).toEqual([12.34, 77.5]);
        const shown = await (await fetch(`${standIn.url}/accepted`)).json();
        expect(shown).toMatchObject({ accepted: 2, restated: 1, retracted: 0 });
      });

      it('retracts a conversion, which then counts no more and cannot be restated', async () => {
        await deliver(original, other);
        expect(await deliverToTheEnd(correct('retraction', 1, null))).toBe('delivered');
        expect(await deliver(correct('restatement', 2, '88.00'))).toEqual({ rejected: 1 });
        expect(await standing()).toEqual([12.34]);
      });

      it('keeps a correction until its original is there', async () => {
        const restatement = correct('restatement', 1, '77.50');
        expect(await deliver(restatement)).toEqual({ later: 1 });
        expect(await standing()).toEqual([]);
        await deliver(original);
        expect(await deliverToTheEnd(restatement)).toBe('delivered');
        expect(await standing()).toEqual([77.5]);
      });

      it('never lets an earlier correction overwrite a later one, apart or together', async () => {
        await deliver(original);
        expect(await deliver(correct('restatement', 2, '66.00'), correct('restatement', 3, '77.50'))).toMatchObject({ duplicate: 1 });
        expect(await deliverToTheEnd(correct('restatement', 3, '77.50'))).toBe('delivered');
        expect(await deliver(correct('restatement', 1, '55.00'))).toEqual({ duplicate: 1 });
        expect(await standing()).toEqual([77.5]);
      });
    });

    it('waits when the platform asks for fewer calls', async () => {
      standIn.arm({ kind: 'throttled' });
      const { outcomes, calls } = await send(items(3));
      expect(outcomes.map((outcome) => outcome.kind === 'throttled' && outcome.afterMs > 0)).toEqual([true, true, true]);
      expect(calls).toBe(1);
    });

    it(contract.renewsTokens ? 'renews a token that has run out' : 'asks somebody for a new token when one has run out', async () => {
      standIn.arm({ kind: 'expired-token' });
      expect(kinds((await send(items(3))).outcomes)).toEqual([contract.renewsTokens ? 'delivered' : 'config']);
      expect(kinds((await send(items(3))).outcomes)).toEqual(['delivered']);
    });

    it.each([
      ['its own server error', { kind: 'server-error' }],
      ['a page of HTML', { kind: 'html' }],
      ['a bare 503', { kind: 'status', status: 503 }],
      ['a connection that breaks', { kind: 'reset-before' }],
      ['silence beyond the deadline', { kind: 'latency', ms: contract.timeoutMs + 300 }],
    ])('tries again after %s, and delivers then', async (_, fault) => {
      standIn.arm(fault);
      const batch = items(3);
      expect(kinds((await send(batch)).outcomes)).toEqual(['retry']);
      expect(kinds((await send(batch)).outcomes)).toEqual(['delivered']);
      expect(await counted()).toBe(3);
    });

    it('is counted once when the connection breaks after the platform took the batch', async () => {
      standIn.arm({ kind: 'reset-after-accept' });
      const batch = items(3);
      expect(kinds((await send(batch)).outcomes)).toEqual(['retry']);
      expect(await counted()).toBe(3);
      const again = await send(batch);
      expect(again.outcomes.every(({ kind }) => kind === 'delivered' || kind === 'duplicate')).toBe(true);
      expect(await counted()).toBe(3);
    });

    it('holds what the platform answers with an unknown code', async () => {
      standIn.arm({ kind: 'unknown-code' });
      expect(kinds((await send(items(3))).outcomes)).toEqual(['held']);
      expect(await counted()).toBe(0);
    });
  });
}
