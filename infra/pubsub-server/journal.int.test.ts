import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { Journal } from './journal.ts';

interface Noted {
  kind: string;
  n: number;
  text: string;
}

it('keeps every entry, whichever one makes it rewrite itself', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-journal-'));
  const state: Noted[] = [];
  const text = 'x'.repeat(1 << 20);
  try {
    const journal = new Journal<Noted>(folder, () => state);
    await journal.open((entry) => state.push(entry));
    for (let n = 0; n < 70; n++) {
      // As the broker does it: what was not kept has not happened.
      const entry = { kind: 'noted', n, text };
      journal.append(entry);
      state.push(entry);
    }
    journal.close();
    const read: number[] = [];
    const again = new Journal<Noted>(folder, () => []);
    await again.open(({ n }) => read.push(n));
    again.close();
    expect(read).toEqual(state.map(({ n }) => n));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
