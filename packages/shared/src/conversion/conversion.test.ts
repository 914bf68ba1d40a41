import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { buildConversion } from '../testing/index.ts';
import { buildEventId, canonicalJson, conversionSchema, fingerprint, hashIdentifier, parseJsonWith } from './index.ts';

const parts = { platform: 'google', account: '1', conversionType: 'google.paid', clickOrPerson: 'x', entity: 'company:1', occurrence: '' };

describe('an event id', () => {
  it('is equal for equal parts, another when any part differs, and never purely numeric', () => {
    fc.assert(
      fc.property(fc.constantFrom(...(Object.keys(parts) as (keyof typeof parts)[])), fc.string({ minLength: 1 }), (key, text) => {
        const changed = { ...parts, [key]: parts[key] + text };
        expect(buildEventId(changed)).toMatch(/^cv_[0-9a-f]{32}$/);
        expect(buildEventId({ ...changed })).toBe(buildEventId(changed));
        expect(buildEventId(changed)).not.toBe(buildEventId(parts));
      }),
    );
  });
});

describe('a fingerprint', () => {
  it('does not depend on the order of keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (fields) => {
        const reversed = Object.fromEntries(Object.entries(fields).reverse());
        expect(fingerprint(reversed)).toBe(fingerprint(fields));
        expect(JSON.parse(canonicalJson(fields))).toEqual(JSON.parse(JSON.stringify(fields)));
      }),
    );
  });
});

describe('hashing', () => {
  it('leaves a hash as it is', () => {
    const hash = hashIdentifier('alexz@example.com');
    expect(hash).toBe('509e933019bb285a134a9334b8bb679dff79d0ce023d529af4bd744d47b4fd8a');
    expect(hashIdentifier(hash)).toBe(hash);
  });
});

describe('the conversion message', () => {
  it('comes back from JSON as it was, fields that this version does not know included', () => {
    const conversion = { ...buildConversion(), addedLater: { kept: true } };
    expect(parseJsonWith(conversionSchema, JSON.stringify(conversion))).toEqual({ ok: true, value: conversion });
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['an event id of digits only', { eventId: '123456789' }, 'eventId: must start with cv_'],
    ['a time without a zone', { occurredAt: '2026-11-20 10:00:00' }, 'occurredAt: must be an instant in UTC'],
    ['a raw e-mail address', { person: { email: ['jane@example.com'], phone: [] } }, 'person.email.0: must be a SHA-256'],
    ['a value as a float', { value: { amount: 12.34, currency: 'USD' } }, 'value.amount'],
    ['another version', { version: 2 }, 'version'],
  ])('%s is refused with its place and rule, without the value', (_what, change, reason) => {
    const read = parseJsonWith(conversionSchema, JSON.stringify({ ...buildConversion(), ...change }));
    expect(read).toMatchObject({ ok: false, reason: expect.stringContaining(reason) });
    expect(JSON.stringify(read)).not.toContain('jane@example.com');
  });

  it('text that is not JSON is refused', () => {
    expect(parseJsonWith(conversionSchema, '{"version": 1,')).toEqual({ ok: false, reason: 'the message is not JSON' });
  });
});

describe('a message that no database could keep', () => {
  const deep = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
  it.each<[string, string, string | null]>([
    ['with the character U+0000', '{"a":"x\\u0000y"}', 'U+0000'],
    ['with it in a name', '{"x\\u0000":1}', 'U+0000'],
    ['with half of a character', '{"a":["\\ud800"]}', 'lone surrogate'],
    ['nested without end', '['.repeat(100_000) + ']'.repeat(100_000), 'nested deeper'],
    ['nested too deep', deep(51), 'nested deeper'],
    ['nested as deep as may be', deep(50), null],
    ['with a whole character of two halves', '{"a":"\\ud83d\\ude00"}', null],
    ['with the words of an escape', '{"a":"\\\\u0000"}', null],
  ])('%s', (_what, text, reason) => {
    const read = parseJsonWith(z.unknown(), text);
    expect(read.ok ? null : read.reason).toEqual(reason === null ? null : expect.stringContaining(reason));
  });
});
