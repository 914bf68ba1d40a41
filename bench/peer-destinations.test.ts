import { expect, it } from '@jest/globals';
import { inventConversion } from './conversions.ts';
import { peerDestinations, toTrackEvent } from './peer-destinations.ts';

const pathsOf = (mapping: unknown): string[] =>
  Object.entries(mapping ?? {}).flatMap(([key, value]) =>
    key === '@path' ? [String(value)] : typeof value === 'object' ? pathsOf(value) : [],
  );
const read = (event: unknown, path: string): unknown =>
  path
    .replace('$.', '')
    .split('.')
    .reduce((at, key) => (at as Record<string, unknown> | undefined)?.[key], event);

it.each(Object.keys(peerDestinations))('%s: every path of the mapping leads to something in the event', (platform) => {
  const event = toTrackEvent(inventConversion({ platform, account: '3625606301', count: 1, badShare: 0, run: 1 }, 0));
  const paths = pathsOf(peerDestinations[platform]?.mapping);
  expect(paths.length).toBeGreaterThan(5);
  expect(paths.filter((path) => [undefined, null, ''].includes(read(event, path) as undefined))).toEqual([]);
});

it('tells Meta the time in seconds and the click as Meta writes it', () => {
  const { properties } = toTrackEvent(inventConversion({ platform: 'facebook', account: '1', count: 1, badShare: 0, run: 2 }, 7));
  expect(properties).toMatchObject({ seconds: 1_795_168_800, fbc: 'fb.1.1795078800000.IwAR0_bench_2_7', total: 12.34, currency: 'USD' });
});
