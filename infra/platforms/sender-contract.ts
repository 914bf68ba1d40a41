import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Conversion, Outcome } from '@waybill/shared/conversion';
import { isolate, type Platform, type Route } from '@waybill/shared/sender';
import type { StandIn } from './stand-in.ts';

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

    it('corrects what the platform took, or says that it never can', async () => {
      const original = contract.conversion(0);
      const correctedAt = contract.now.toISOString();
      const correct = async (kind: 'restatement' | 'retraction', value: Conversion['value']): Promise<Outcome[]> => {
        const route = platform.corrections?.[kind] as Route<unknown> | undefined;
        if (route === undefined) return [];
        const correction = { kind, of: original.eventId, sequence: 1, correctedAt };
        const mapped = route.toItem({ ...original, eventId: `${original.eventId}a`, value, correction }, contract.now);
        if (!mapped.ok) return [mapped.outcome];
        // A first call over a connection of its own may take longer than the deadline; the ledger would try again, too.
        for (let attempt = 1; ; attempt++) {
          const { outcomes } = await isolate([mapped.item], (part) => route.upload(contract.account, part));
          if (outcomes[0]?.kind !== 'retry' || attempt === 10) return outcomes;
        }
      };
      const mappedOriginal = platform.toItem(original, contract.now);
      await send([...(mappedOriginal.ok ? [mappedOriginal.item] : []), ...items(2).slice(1)]);
      if (platform.corrections === null) return expect(await counted()).toBe(2);
      expect(kinds(await correct('restatement', { amount: '77.50', currency: 'USD' }))).toEqual(['delivered']);
      const restated = await fetch(`${standIn.url}/accepted?list=1`);
      const { list } = (await restated.json()) as { list: { value: string | null }[] };
      expect(list.filter(({ value }) => Number(value) === 77.5)).toHaveLength(1);
      expect(await counted()).toBe(2);
      expect(kinds(await correct('retraction', null))).toEqual(['delivered']);
      expect(await counted()).toBe(1);
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
