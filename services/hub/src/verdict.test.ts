import { describe, expect, it } from '@jest/globals';
import { readSubject } from './subject.ts';
import { type ConversionStanding, describeStanding, describeVerdict } from './verdict.ts';
import { describeSpan, shortenId } from './wording.ts';

const at = new Date('2026-11-20T10:00:00Z');
const standing = (changes: Partial<ConversionStanding>): ConversionStanding => ({
  publishedAt: at,
  state: 'settled',
  outcome: 'delivered',
  code: null,
  retryAt: null,
  ...changes,
});

describe('a conversion', () => {
  it.each([
    ['not published yet', { publishedAt: null, state: null, outcome: null }],
    ['published, and no sender has taken it up yet', { state: null, outcome: null }],
    ['with the sender at this moment', { state: 'in-flight', outcome: null }],
    ['queued again for the sender', { state: 'republished', outcome: 'retry', retryAt: at }],
    ['delivered', {}],
    ['already known to the platform', { outcome: 'duplicate', code: 'EXISTS' }],
    ['rejected for good (EXPIRED)', { outcome: 'rejected', code: 'EXPIRED' }],
    [
      'waits for another attempt (HTTP_503); next attempt 2026-11-20 10:00 UTC',
      { state: 'waiting', outcome: 'retry', code: 'HTTP_503', retryAt: at },
    ],
    ['waits until its configuration is mended (UNKNOWN_ACTION)', { state: 'waiting', outcome: 'config', code: 'UNKNOWN_ACTION' }],
    ['is held, because no table of codes knows the platform’s answer (X)', { state: 'waiting', outcome: 'held', code: 'X' }],
  ])('is %s', (sentence, changes) => {
    expect(describeStanding(standing(changes))).toBe(sentence);
  });
});

describe('the verdict', () => {
  it.each([
    ['one conversion is told by itself', [standing({})], ['eligible'], 'One conversion: delivered.'],
    [
      'several are counted, the most frequent first',
      [standing({ outcome: 'rejected', code: 'A' }), standing({}), standing({})],
      [],
      '3 conversions: delivered (2), rejected for good (A) (1).',
    ],
    [
      'without one, the reasons say why',
      [],
      ['no-click', 'spam', 'no-click'],
      'There is no conversion: 3 conversion types considered company 4, with the result no-click (2), spam (1).',
    ],
  ])('%s', (_, conversions, reasons, expected) => {
    expect(describeVerdict('company 4', conversions, reasons)).toBe(expected);
  });

  it('says that nothing considered it where there is neither', () => {
    expect(describeVerdict('company 4', [], [])).toContain('no conversion type considered company 4');
  });
});

describe('what is typed into the search box', () => {
  it.each([
    ['cv_0a1b2c3d', { kind: 'event', id: 'cv_0a1b2c3d' }],
    ['  company 42 ', { kind: 'company', id: 42 }],
    ['Contact:7', { kind: 'contact', id: 7 }],
    ['company #42', { kind: 'company', id: 42 }],
    ['Client: 3F2504E0-4f89-41d3-9a0c-0305e82c3301', { kind: 'client', id: '3f2504e0-4f89-41d3-9a0c-0305e82c3301' }],
    ['client 42', null],
    ['company 3f2504e0-4f89-41d3-9a0c-0305e82c3301', null],
    ['42', null],
    ['company', null],
    ['company 1234567890123456', null],
    ['cv_<b>', null],
    ['', null],
  ])('%j is read', (typed, expected) => {
    expect(readSubject(typed)).toEqual(expected);
  });
});

describe('wording', () => {
  it.each([
    ['2026-11-20T09:59:58Z', '2 s'],
    ['2026-11-20T09:58:59Z', '1 min'],
    ['2026-11-20T07:00:00Z', '3 h'],
    ['2026-11-19T10:00:00Z', '1 day'],
    ['2026-11-01T10:00:00Z', '19 days'],
    ['2026-11-20T10:00:09Z', '0 s'],
  ])('from %s it is %s', (from, expected) => {
    expect(describeSpan(new Date(from), at)).toBe(expected);
  });

  it('shortens a click id to its first six and last four, and leaves a short one', () => {
    expect(shortenId('EAIaIQobChMIabcdefXYZ9')).toBe('EAIaIQ…XYZ9');
    expect(shortenId('short')).toBe('short');
  });
});
