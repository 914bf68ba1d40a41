import { describe, expect, it } from '@jest/globals';
import { isTokenExpired, readAnswer } from './read-answer.ts';
import type { Reply } from './reply.ts';

const nowMs = Date.parse('2026-11-20T12:00:00.000Z');
const reply = (status: number, body: unknown, changes: Partial<Reply> = {}): Reply => ({
  status,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  trackingId: 'tracking-1',
  retryAfter: null,
  ...changes,
});
const partial = (...errors: unknown[]): Reply => reply(200, { PartialErrors: errors });
const fault = (status: number, ...errors: unknown[]): Reply => reply(status, { TrackingId: 't', Type: 'AdApiFaultDetail', Errors: errors });
const kindsOf = (answer: ReturnType<typeof readAnswer>) =>
  answer.kind === 'answered' ? answer.outcomes.map(({ kind }) => kind) : answer.kind;

describe('An answer with status 200', () => {
  it.each([
    ['null', { PartialErrors: null }],
    ['empty', { PartialErrors: [] }],
    ['left out by Microsoft itself', {}],
    ['only of nulls', { PartialErrors: [null, null] }],
  ])('takes every row when the list of errors is %s', (_, body) => {
    const delivered = { kind: 'delivered', reference: 'tracking-1' };
    expect(readAnswer(reply(200, body), 2, nowMs)).toEqual({ kind: 'answered', outcomes: [delivered, delivered] });
  });

  it('refuses the rows that it names, the first one too, and takes the others', () => {
    const answer = readAnswer(partial({ Code: 5604, Index: 0 }, { Code: 5612, Index: 2 }, { Code: 5615, Index: 3 }), 5, nowMs);
    expect(kindsOf(answer)).toEqual(['rejected', 'delivered', 'retry', 'later', 'delivered']);
  });

  it('reads numbers that are written as text', () => {
    expect(kindsOf(readAnswer(partial({ Code: '5604', Index: '1' }), 2, nowMs))).toEqual(['delivered', 'rejected']);
  });

  it.each([
    ['what is never taken', [5606, 5604], '5604'],
    ['what nobody knows, over what is retried', [5612, 98_765], '98765'],
    ['what must be mended, over what is retried', [5612, 5606], '5606'],
  ])('says of several errors in one row %s', (_, codes, code) => {
    const answer = readAnswer(partial(...codes.map((Code) => ({ Code, Index: 0 }))), 1, nowMs);
    expect(answer).toMatchObject({ kind: 'answered', outcomes: [{ code }] });
  });

  it.each([[null], [7]])('holds the rows without an error of their own when an error has the index %s', (Index) => {
    const answer = readAnswer(partial({ Code: 5612, Index: 0 }, { Code: 5604, Index }), 2, nowMs);
    expect(kindsOf(answer)).toEqual(['retry', 'held']);
  });

  it('holds a row with an unknown code and says what support will ask for', () => {
    const answer = readAnswer(partial({ Code: 98_765, ErrorCode: 'Novelty', Index: 0 }), 1, nowMs);
    expect(answer).toMatchObject({ outcomes: [{ kind: 'held', code: '98765', reason: expect.stringContaining('TrackingId tracking-1') }] });
  });

  it.each([
    ['retry', 'a page of HTML', '<html>sign in</html>'],
    ['retry', 'nothing', ''],
    ['held', 'JSON of somebody else', { status: 'maintenance' }],
    ['held', 'errors that are no list', { PartialErrors: 'none' }],
  ])('is a %s, never a success, when its body is %s', (kind, _, body) => {
    expect(readAnswer(reply(200, body, { trackingId: null }), 2, nowMs)).toMatchObject({ kind: 'refused', outcome: { kind } });
  });

  it('is a refusal when it carries a fault', () => {
    expect(readAnswer(fault(200, { Code: 117 }), 2, nowMs)).toMatchObject({ kind: 'refused', outcome: { kind: 'throttled', code: '117' } });
  });
});

const refusals: { sentence: string; given: Reply; kind: string; code: string; afterMs?: number }[] = [
  { sentence: '117 waits a minute', given: fault(429, { Code: 117 }), kind: 'throttled', code: '117', afterMs: 60_000 },
  { sentence: '429 without a code waits a minute', given: reply(429, ''), kind: 'throttled', code: 'HTTP_429', afterMs: 60_000 },
  {
    sentence: 'Retry-After in seconds is kept',
    given: reply(429, '', { retryAfter: '300' }),
    kind: 'throttled',
    code: 'HTTP_429',
    afterMs: 300_000,
  },
  {
    sentence: 'Retry-After of a few seconds is still a minute',
    given: reply(429, '', { retryAfter: '5' }),
    kind: 'throttled',
    code: 'HTTP_429',
    afterMs: 60_000,
  },
  {
    sentence: 'Retry-After as a date is kept, with a code too',
    given: { ...fault(429, { Code: 117 }), retryAfter: 'Fri, 20 Nov 2026 12:10:00 GMT' },
    kind: 'throttled',
    code: '117',
    afterMs: 600_000,
  },
  { sentence: '0 is retried', given: fault(500, { Code: 0 }), kind: 'retry', code: '0' },
  { sentence: '503 with a page of HTML is retried', given: reply(503, '<html/>'), kind: 'retry', code: 'HTTP_503' },
  { sentence: '400 with a page of HTML is retried', given: reply(400, '<html/>'), kind: 'retry', code: 'NOT_JSON' },
  { sentence: '400 without a code blames the rows', given: fault(400), kind: 'rejected', code: 'HTTP_400' },
  { sentence: '400 without a code in another shape too', given: reply(400, { Message: 'no' }), kind: 'rejected', code: 'HTTP_400' },
  { sentence: '5601 blames the rows', given: fault(400, { Code: 5601 }), kind: 'rejected', code: '5601' },
  { sentence: 'an unknown code is held whatever the status', given: fault(400, { Code: 98_765 }), kind: 'held', code: '98765' },
  { sentence: 'an unknown status is held', given: reply(418, '{}'), kind: 'held', code: 'HTTP_418' },
  { sentence: '106 is configuration', given: fault(401, { Code: 106 }), kind: 'config', code: '106' },
  { sentence: '403 is configuration', given: reply(403, ''), kind: 'config', code: 'HTTP_403' },
  { sentence: 'a redirect is configuration', given: reply(302, ''), kind: 'config', code: 'HTTP_302' },
  { sentence: 'an unknown code weighs more than a known one', given: fault(400, { Code: 5601 }, { Code: 9 }), kind: 'held', code: '9' },
  {
    sentence: 'the other shape of a fault is read',
    given: reply(400, { Type: 'ApiFaultDetail', OperationErrors: [{ Code: 5613 }], BatchErrors: null }),
    kind: 'config',
    code: '5613',
  },
];

describe('An answer that refuses the call', () => {
  it.each(refusals)('means: $sentence', ({ given, kind, code, afterMs }) => {
    const answer = readAnswer(given, 3, nowMs);
    expect(answer).toMatchObject({ kind: 'refused', outcome: { kind, code, ...(afterMs === undefined ? {} : { afterMs }) } });
    expect(answer.kind === 'refused' && answer.blamed.size).toBe(0);
    expect('mayBeRows' in answer).toBe(kind === 'rejected');
  });

  it('blames the rows that it names, each for its own reason', () => {
    const given = reply(400, {
      Type: 'ApiFaultDetail',
      OperationErrors: [],
      BatchErrors: [
        { Code: 5604, Index: 2 },
        { Code: 5606, Index: 0 },
      ],
    });
    const answer = readAnswer(given, 3, nowMs);
    expect(answer.kind === 'refused' && [...answer.blamed].map(([index, { kind }]) => [index, kind])).toEqual([
      [2, 'rejected'],
      [0, 'config'],
    ]);
  });

  it('blames no row while the call itself is throttled', () => {
    const given = reply(429, { OperationErrors: [{ Code: 117 }], BatchErrors: [{ Code: 5604, Index: 2 }] });
    expect(readAnswer(given, 3, nowMs)).toMatchObject({ outcome: { kind: 'throttled' }, blamed: new Map() });
  });
});

describe('An access token', () => {
  it.each([
    ['109', true, fault(401, { Code: 109 })],
    ['109 by name', true, fault(400, { ErrorCode: 'AuthenticationTokenExpired' })],
    ['401 without a code', true, reply(401, '')],
    ['105', false, fault(401, { Code: 105 })],
    ['500', false, fault(500, { Code: 0 })],
    ['errors of rows', false, partial({ Code: 5604, Index: 0 })],
  ])('after %s is expired: %s', (_, expired, given) => {
    expect(isTokenExpired(given)).toBe(expired);
  });
});
