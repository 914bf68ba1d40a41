import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import type { Conversion } from '@waybill/shared/conversion';
import { isolate } from '@waybill/shared/sender';
import type { StandIn } from '@waybill/shared/stand-in';
import { buildConversion } from '@waybill/shared/testing';
import { describeSenderContract } from '@waybill/shared/testing/sender-contract';
import { z } from 'zod';
import { linkedInSettings } from '../src/config.ts';
import { connectLinkedIn } from '../src/platform.ts';
import type { LinkedInElement } from '../src/to-element.ts';
import { startLinkedInStandIn } from './linkedin.ts';

const now = new Date('2026-11-20T12:00:00.000Z');
const account = '510000001';
const timeoutMs = 1_000;
const folder = mkdtempSync(join(tmpdir(), 'linkedin-'));
afterAll(() => rmSync(folder, { recursive: true }));

const conversion = (n: number, changes: Partial<Conversion> = {}): Conversion =>
  buildConversion({
    ...{ platform: 'linkedin', account, action: '21000004', eventId: `cv_${String(n).padStart(10, '0')}`, click: null },
    person: { email: ['a'.repeat(64)], phone: [] },
    ...changes,
  });

function connect(standIn: StandIn, actions: Record<string, string> = { 'linkedin.paid': '21000004' }, accessToken: unknown = 'local') {
  const file = join(folder, 'destinations.json');
  writeFileSync(file, JSON.stringify({ linkedin: { accounts: { [account]: { actions, credentials: { accessToken } } } } }));
  const given = { DESTINATIONS_FILE: file, LINKEDIN_API_URL: standIn.url, LINKEDIN_TIMEOUT_MS: timeoutMs };
  return connectLinkedIn(z.object(linkedInSettings).parse(given));
}

const start = async (otherMethod: string[] = []) => {
  const standIn = await startLinkedInStandIn({ port: 0, now: () => now, otherMethod });
  return { platform: await connect(standIn), standIn, stop: () => standIn.stop() };
};

describeSenderContract<LinkedInElement, LinkedInElement, LinkedInElement>('linkedin', {
  ...{ start, timeoutMs, account, now, conversion, corrects: false, renewsTokens: false },
  spoiled: [
    {
      sentence: 'a malformed hash',
      spoil: (item) => ({ ...item, user: { userIds: [{ idType: 'SHA256_EMAIL', idValue: 'x' }] } }),
      code: 'FIELD_INVALID',
    },
    { sentence: 'a time in the future', spoil: (item) => ({ ...item, conversionHappenedAt: now.getTime() + 1 }), code: 'FIELD_INVALID' },
    {
      sentence: 'an amount that is none',
      spoil: (item) => ({ ...item, conversionValue: { currencyCode: 'USD', amount: 'much' } }),
      code: 'FIELD_INVALID',
    },
  ],
});

describe('LinkedIn', () => {
  it('takes the others where a conversion rule is of another method, and says what is to be mended', async () => {
    const { platform, standIn, stop } = await start(['21000009']);
    try {
      const items = [conversion(0), conversion(1, { action: '21000009' }), conversion(2)].flatMap((one) => {
        const mapped = platform.toItem(one, now);
        return mapped.ok ? [mapped.item] : [];
      });
      const { outcomes, calls } = await isolate(items, (part) => platform.upload(account, part));
      expect(outcomes.map(({ kind }) => kind)).toEqual(['delivered', 'config', 'delivered']);
      expect(outcomes[1]).toMatchObject({ code: 'WRONG_CONVERSION_METHOD', concerns: 'action' });
      expect([calls, standIn.requests()]).toEqual([2, 2]);
    } finally {
      await stop();
    }
  });

  it('is told by name what of an account does not fit, before anything is sent', async () => {
    const standIn = { url: 'http://127.0.0.1:1' } as StandIn;
    await expect(connect(standIn, { 'linkedin.paid': 'Purchase' }, 7)).rejects.toThrow(
      /linkedin 510000001: linkedin\.paid: the action must be the id of a conversion rule[\s\S]*credentials\.accessToken/,
    );
  });
});
