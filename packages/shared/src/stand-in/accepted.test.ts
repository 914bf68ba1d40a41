import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Accepted, type AcceptedConversion, sumDecimals } from './accepted.ts';

const conversion = (key: string, changes: Partial<AcceptedConversion> = {}): AcceptedConversion => ({
  account: '1',
  action: 'Paid',
  key,
  eventId: null,
  clickId: null,
  occurredAt: '2026-11-19T10:00:00.000Z',
  value: '0.10',
  currency: 'USD',
  ...changes,
});

describe('What a stand-in took', () => {
  it('is counted once for each key, within a call and from call to call', () => {
    const accepted = new Accepted();
    accepted.take([conversion('a'), conversion('b'), conversion('a', { value: '99' })]);
    accepted.take([conversion('b')]);
    expect(accepted.counts()).toMatchObject({ accepted: 2, duplicates: 2 });
    expect(accepted.list()).toEqual([conversion('a'), conversion('b')]);
    expect([accepted.has('a'), accepted.has('c')]).toEqual([true, false]);
  });

  it('is summed exactly for each account and action, no value being nothing', () => {
    const accepted = new Accepted();
    accepted.take([
      ...['a', 'b', 'c'].map((key) => conversion(key)),
      conversion('d', { action: 'Signup', value: null }),
      conversion('e', { account: '2', value: '-1.005' }),
    ]);
    expect(accepted.counts().byAction).toEqual([
      { account: '1', action: 'Paid', accepted: 3, value: '0.30' },
      { account: '1', action: 'Signup', accepted: 1, value: '0.00' },
      { account: '2', action: 'Paid', accepted: 1, value: '-1.005' },
    ]);
  });

  it('is nothing at first', () => {
    expect(new Accepted().counts()).toEqual({ accepted: 0, duplicates: 0, restated: 0, retracted: 0, byAction: [] });
  });

  it('counts at its newest value, shows those before, and counts no more once it is retracted', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'accepted-')), 'taken.ndjson');
    const accepted = new Accepted(file);
    accepted.take([conversion('a'), conversion('b'), conversion('c')]);
    accepted.adjust('a', { kind: 'restatement', value: '5.00', currency: 'EUR', at: 'noon' });
    accepted.adjust('a', { kind: 'restatement', value: '7.00', currency: 'EUR', at: 'night' });
    accepted.adjust('b', { kind: 'retraction' });
    accepted.adjust('unknown', { kind: 'retraction' });
    for (const store of [accepted, new Accepted(file)]) {
      expect(store.find('a')).toMatchObject({
        ...{ value: '7.00', currency: 'EUR' },
        history: [
          { value: '0.10', currency: 'USD', until: 'noon' },
          { value: '5.00', currency: 'EUR', until: 'night' },
        ],
      });
      expect(store.counts()).toMatchObject({ accepted: 2, restated: 1, retracted: 1, byAction: [{ accepted: 2, value: '7.10' }] });
    }
  });
});

describe('A sum of decimals', () => {
  it.each([
    ['of none is nothing', [], '0.00'],
    ['has no error of floats', ['0.1', '0.2'], '0.30'],
    ['carries from the smallest place to the largest', ['999999999999999.999999', '0.000001'], '1000000000000000.00'],
    ['keeps six places where they say something', ['1.000001', '2'], '3.000001'],
    ['trims zeros down to two places', ['1.500000'], '1.50'],
    ['keeps a sign below one', ['0.25', '-1'], '-0.75'],
    ['of what cancels out has no sign', ['-0.01', '0.01'], '0.00'],
  ])('%s: %j', (_, decimals, expected) => {
    expect(sumDecimals(decimals)).toBe(expected);
  });

  it('is what integers of a millionth say, written in its shortest form', () => {
    // Scale first, so that decimals of every number of places come up.
    const decimal = fc.tuple(fc.integer({ min: 0, max: 6 }), fc.bigInt({ min: -(10n ** 21n), max: 10n ** 21n })).map(([scale, units]) => {
      const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0');
      const whole = digits.slice(0, digits.length - scale);
      const text = scale === 0 ? whole : `${whole}.${digits.slice(-scale)}`;
      return { text: units < 0n ? `-${text}` : text, millionths: units * 10n ** BigInt(6 - scale) };
    });
    fc.assert(
      fc.property(fc.array(decimal, { maxLength: 20 }), (decimals) => {
        const sum = sumDecimals(decimals.map(({ text }) => text));
        expect(sum).toMatch(/^-?(0|[1-9]\d*)\.\d\d(\d{0,3}[1-9])?$/);
        expect(sum).not.toBe('-0.00');
        const [whole = '', fraction = ''] = sum.split('.');
        expect(BigInt(whole + fraction.padEnd(6, '0'))).toBe(decimals.reduce((total, { millionths }) => total + millionths, 0n));
      }),
    );
  });
});
