import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger } from '@waybill/shared/telemetry';
import { openRefreshTokens } from './refresh-tokens.ts';

const log = createLogger('test', 'silent');

describe('The newest refresh tokens', () => {
  let root: string;
  let folder: string;
  let file: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'refresh-tokens-'));
    folder = join(root, 'kept');
    mkdirSync(folder);
    file = join(folder, 'tokens.json');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const readBack = () => JSON.parse(readFileSync(file, 'utf8'));

  it('are kept in memory where no file is given', () => {
    const tokens = openRefreshTokens(undefined, log);
    expect(tokens.find('one')).toBeNull();
    tokens.save('one', 'first');
    tokens.save('one', 'second');
    expect([tokens.find('one'), tokens.find('two')]).toEqual(['second', null]);
    expect(openRefreshTokens(undefined, log).find('one')).toBeNull();
  });

  it('are kept in the file, each consent for itself, readable by its owner only', () => {
    const tokens = openRefreshTokens(file, log);
    tokens.save('one', 'first');
    tokens.save('two', 'other');
    tokens.save('one', 'second');
    const reopened = openRefreshTokens(file, log);
    expect([reopened.find('one'), reopened.find('two')]).toEqual(['second', 'other']);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('leave nothing beside the file', () => {
    openRefreshTokens(file, log).save('one', 'first');
    expect(readdirSync(folder)).toEqual(['tokens.json']);
  });

  it('take a file that others may read away from them', () => {
    writeFileSync(file, JSON.stringify({ one: 'first' }), { mode: 0o644 });
    expect(openRefreshTokens(file, log).find('one')).toBe('first');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('are seen by another process that shares the file, and lose none of its own', () => {
    const here = openRefreshTokens(file, log);
    const there = openRefreshTokens(file, log);
    here.save('one', 'first');
    there.save('one', 'second');
    there.save('two', 'other');
    expect([here.find('one'), here.find('two')]).toEqual(['second', 'other']);
    here.save('one', 'third');
    expect([there.find('one'), there.find('two')]).toEqual(['third', 'other']);
  });

  it('are used from memory while they cannot be written, and are written with the next that can', () => {
    const tokens = openRefreshTokens(file, log);
    tokens.save('one', 'first');
    rmSync(folder, { recursive: true });
    tokens.save('one', 'second');
    expect([tokens.find('one'), existsSync(file)]).toEqual(['second', false]);
    mkdirSync(folder);
    tokens.save('two', 'other');
    expect(readBack()).toEqual({ one: 'second', two: 'other' });
  });

  it('are newer in memory than in a file that no longer takes them', () => {
    const tokens = openRefreshTokens(file, log);
    tokens.save('one', 'first');
    // A folder in the place of the draft: the file stays readable and cannot be replaced, for the superuser neither.
    mkdirSync(`${file}.${process.pid}.tmp`);
    tokens.save('one', 'second');
    expect([tokens.find('one'), readBack()]).toEqual(['second', { one: 'first' }]);
  });

  it('are not lost to a file that somebody spoils while it runs', () => {
    const tokens = openRefreshTokens(file, log);
    tokens.save('one', 'first');
    writeFileSync(file, '{');
    expect(tokens.find('one')).toBe('first');
  });
});
