import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readBroughtPlatforms } from './platform-folders.ts';

const types = [{ name: 'lead', label: 'Lead', grain: 'contact', trigger: { kind: 'event', of: ['lead_at'] } }];
const whole = {
  ...{ platform: 'billboard', service: 'billboard-sender', people: 'google', conversionTypes: types },
  clicks: { channelPrefix: 'cpc-billboard', lookbackDays: 30 },
};

function folderOf(...files: unknown[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-folders-'));
  for (const [index, file] of files.entries()) {
    mkdirSync(join(folder, `${index}`));
    writeFileSync(join(folder, `${index}`, 'platform.json'), JSON.stringify(file));
  }
  mkdirSync(join(folder, 'no-platform'));
  return folder;
}

describe('a platform that brings its conversion types along', () => {
  it('is found by its platform.json, and one without types is not told', () => {
    expect(readBroughtPlatforms(folderOf({ platform: 'google', service: 'google-sender' }, whole))).toEqual([
      {
        ...{ platform: 'billboard', title: 'billboard', people: 'google', channelPrefix: 'cpc-billboard', lookbackDays: 30 },
        conversionTypes: types,
      },
    ]);
  });

  it.each<[string, object, string]>([
    ['a form of people that nobody knows', { ...whole, people: 'billboard' }, 'people'],
    ['a channel of unpaid visits', { ...whole, clicks: { channelPrefix: 'organic', lookbackDays: 30 } }, 'must begin with cpc-'],
    ['types without clicks', { ...whole, clicks: undefined }, 'conversionTypes need people and clicks beside them'],
    ['a window of years', { ...whole, clicks: { channelPrefix: 'cpc-x', lookbackDays: 400 } }, 'lookbackDays'],
  ])('stops the start with its file and the place for %s', (_what, file, message) => {
    const folder = folderOf(file);
    expect(() => readBroughtPlatforms(folder)).toThrow(message);
    expect(() => readBroughtPlatforms(folder)).toThrow(join(folder, '0', 'platform.json'));
  });
});
