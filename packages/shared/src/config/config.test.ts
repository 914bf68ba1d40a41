import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { createClock, databaseSettings, findDestination, readConfig, readDestinations, serviceSettings } from './index.ts';

const schema = z.object({ ...databaseSettings, ...serviceSettings });

describe('the environment', () => {
  it('is read with defaults, an empty setting counting as unset', () => {
    expect(readConfig(schema, { DATABASE_URL: 'postgres://localhost/x', PORT: '' })).toMatchObject({ PORT: 8080, DATABASE_POOL: 10 });
  });

  it('that does not fit is told in one message naming every setting, without its value', () => {
    const read = () => readConfig(schema, { DATABASE_URL: 'mysql://root:secret@localhost', PORT: 'eighty', LOG_LEVEL: 'loud' });
    expect(read).toThrow(/DATABASE_URL: must be a postgres[\s\S]*PORT:[\s\S]*LOG_LEVEL:/);
    expect(read).not.toThrow(/secret/);
  });
});

describe('the clock', () => {
  it('stands where it was set', () => {
    expect(createClock('2023-09-08T00:00:00+02:00').now().toISOString()).toBe('2023-09-07T22:00:00.000Z');
  });
});

describe('destinations', () => {
  const write = (text: string): string => {
    const file = join(mkdtempSync(join(tmpdir(), 'waybill-destinations-')), 'destinations.json');
    writeFileSync(file, text);
    return file;
  };
  const account = (type: string) => ({ actions: { [type]: 'x' }, credentials: { token: 'top-secret' } });

  it('lead a conversion type to its account and action', () => {
    const destinations = readDestinations(
      write(JSON.stringify({ google: { accounts: { '1': account('google.paid'), '2': account('google.mql_11') } } })),
    );
    expect(findDestination(destinations, 'google', 'google.mql_11')).toEqual({ account: '2', action: 'x' });
    expect(findDestination(destinations, 'bing', 'bing.paid')).toBeNull();
  });

  it.each<[string, string, RegExp]>([
    ['a file that is not JSON', '{', /is not JSON/],
    ['an account without actions', '{"google":{"accounts":{"1":{}}}}', /google\.accounts\.1\.actions/],
    [
      'a type in two accounts',
      JSON.stringify({ google: { accounts: { '1': account('google.paid'), '2': account('google.paid') } } }),
      /google: google\.paid is listed in two accounts/,
    ],
  ])('%s stops the start with a message that says so', (_what, text, message) => {
    const file = write(text);
    expect(() => readDestinations(file)).toThrow(message);
    expect(() => readDestinations(file)).not.toThrow(/top-secret/);
  });
});
