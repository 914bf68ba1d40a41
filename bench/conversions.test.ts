import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { clickIdOf, inventConversion, inventConversions, isBad, type Load } from './conversions.ts';

const load = (changes: Partial<Load> = {}): Load => ({
  platform: 'google',
  account: '3625606301',
  count: 800,
  badShare: 0.0025,
  run: 1,
  ...changes,
});
const platforms = fc.constantFrom('google', 'facebook', 'bing');

it('makes one row in 400 bad, and none where none is asked for', () => {
  expect(inventConversions(load()).flatMap((conversion, n) => (isBad(conversion) ? [n] : []))).toEqual([399, 799]);
  expect(inventConversions(load({ badShare: 0 })).some(isBad)).toBe(false);
});

it('makes the n-th conversion the same for whoever asks, in what is sent of it', () => {
  fc.assert(
    fc.property(platforms, fc.nat(799), (platform, n) => {
      const { company: _one, ...first } = inventConversion(load({ platform }), n);
      const { company: _other, ...second } = inventConversion(load({ platform }), n);
      expect(first).toEqual(second);
    }),
  );
});

it('gives no two conversions of a platform one click id or event id, whatever their runs', () => {
  fc.assert(
    fc.property(platforms, fc.tuple(fc.nat(300), fc.nat(100_000)), fc.tuple(fc.nat(300), fc.nat(100_000)), (platform, one, other) => {
      fc.pre(one[0] !== other[0] || one[1] !== other[1]);
      const [first, second] = [one, other].map(([run, n]) => inventConversion(load({ platform, run }), n));
      expect([first?.eventId, first && clickIdOf(first)]).not.toContain(second?.eventId);
      expect(first && clickIdOf(first)).not.toBe(second && clickIdOf(second));
    }),
  );
});
