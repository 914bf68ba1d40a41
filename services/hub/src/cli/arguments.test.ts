import { describe, expect, it } from '@jest/globals';
import { readDeadLetterArguments, readExplainArguments, readReplayArguments } from './arguments.ts';

const words = (line: string): string[] => line.split(' ').filter((word) => word !== '');
const range = '--platform google --from 2026-11-01 --to 2026-11-02';
const november = { platform: 'google', from: new Date('2026-11-01T00:00:00Z'), to: new Date('2026-11-02T00:00:00Z') };

const client = '3F2504E0-4f89-41d3-9a0c-0305e82c3301';

describe('explain', () => {
  it.each([
    ['--event cv_1', { subject: { kind: 'event', id: 'cv_1' }, since: null }],
    ['--company 42', { subject: { kind: 'company', id: 42 }, since: null }],
    ['--contact=7', { subject: { kind: 'contact', id: 7 }, since: null }],
    [`--client ${client}`, { subject: { kind: 'client', id: client.toLowerCase() }, since: null }],
    ['--company 42 --since 2026-11-01', { subject: { kind: 'company', id: 42 }, since: new Date('2026-11-01T00:00:00Z') }],
    ['--help', null],
  ])('reads %s', (line, expected) => {
    expect(readExplainArguments(words(line))).toEqual(expected);
  });

  it.each([
    ['', 'exactly one'],
    ['--company 1 --contact 2', 'exactly one'],
    ['--since 2026-11-01', 'exactly one'],
    ['--company acme', '--company acme: give a whole number'],
    ['--company 0', 'give a whole number'],
    ['--company 1 --since yesterday', '--since yesterday: give a day'],
    ['--client 42', '--client 42: give a UUID'],
    [`--client ${client} --since 2026-11-01`, '--since is for changes'],
    ['--bogus', '--bogus'],
    ['cv_1', 'cv_1'],
  ])('refuses "%s" and says why', (line, message) => {
    expect(() => readExplainArguments(words(line))).toThrow(message);
  });
});

describe('replay', () => {
  it.each([
    [range, { ...november, conversionType: null, dryRun: false }],
    [`${range} --type google.paid --dry-run`, { ...november, conversionType: 'google.paid', dryRun: true }],
    ['--platform google --from 2026-11-01T02:00+02:00 --to 2026-11-02T00:00:00.000Z', { ...november, conversionType: null, dryRun: false }],
    ['--help', null],
  ])('reads %s', (line, expected) => {
    expect(readReplayArguments(words(line))).toEqual(expected);
  });

  it.each([
    ['--from 2026-11-01 --to 2026-11-02', 'Give --platform'],
    ['--platform Google! --from 2026-11-01 --to 2026-11-02', '--platform Google!'],
    ['--platform google --from 2026-11-01', '--to is missing'],
    ['--platform google --from 2026-11-02 --to 2026-11-02', '--from must be before --to'],
    ['--platform google --from 2026-11-01T00:00:00 --to 2026-11-02', '--from 2026-11-01T00:00:00: give a day'],
    ['--platform google --from 2026-13-01 --to 2026-11-02', '--from 2026-13-01'],
    ['--platform google --from yesterday --to 2026-11-02', '--from yesterday'],
  ])('refuses "%s" and says why', (line, message) => {
    expect(() => readReplayArguments(words(line))).toThrow(message);
  });
});

describe('dead-letters', () => {
  it.each([
    ['list --platform bing', { action: 'list', topic: 'conversions-bing', eventId: null, limit: 1000 }],
    ['drop --platform bing --event cv_1 --limit 5', { action: 'drop', topic: 'conversions-bing', eventId: 'cv_1', limit: 5 }],
    ['replay --topic tracking-events', { action: 'replay', topic: 'tracking-events', eventId: null, limit: 1000 }],
    ['--help', null],
  ])('reads %s', (line, expected) => {
    expect(readDeadLetterArguments(words(line))).toEqual(expected);
  });

  it.each([
    ['--platform bing', 'Give one of list, replay, drop'],
    ['purge --platform bing', 'Give one of list, replay, drop'],
    ['list drop --platform bing', 'Give one of list, replay, drop'],
    ['list', 'Give one of --platform, --topic'],
    ['list --platform bing --topic tracking-events', 'Give one of --platform, --topic'],
    ['list --platform Bing', '--platform Bing'],
    ['list --topic Tracking', '--topic Tracking: give the topic'],
    ['list --topic tracking-events-dead-letter', 'give the topic whose dead letters are meant'],
    ['list --platform bing --limit 0', '--limit 0'],
    ['list --platform bing --limit 999999', 'at most 50000'],
  ])('refuses "%s" and says why', (line, message) => {
    expect(() => readDeadLetterArguments(words(line))).toThrow(message);
  });
});
