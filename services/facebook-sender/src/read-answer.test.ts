import { describe, expect, it } from '@jest/globals';
import type { Answer } from '@waybill/shared/sender';
import { type Reply, readAnswer } from './read-answer.ts';

const reply = (
  status: number,
  body: unknown,
  headers: { businessUsage?: string; appUsage?: string; adAccountUsage?: string } = {},
): Reply => ({
  kind: 'answered',
  status,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  businessUsage: headers.businessUsage ?? null,
  appUsage: headers.appUsage ?? null,
  adAccountUsage: headers.adAccountUsage ?? null,
});
const error = (code: number, subcode?: number, more: object = {}) => ({
  error: {
    message: 'Jane asks',
    type: 'OAuthException',
    code,
    error_subcode: subcode,
    error_user_msg: 'Jane',
    fbtrace_id: 'trace1',
    ...more,
  },
});
const usage = (...minutes: (number | null)[]): string =>
  JSON.stringify({ '1': minutes.map((time) => ({ type: 'ads_management', call_count: 28, estimated_time_to_regain_access: time })) });
const html = '<html><body>Bad Gateway</body></html>';

const refusals: { sentence: string; given: Reply; expected: object }[] = [
  { sentence: 'one bad event', given: reply(400, error(100, 2_804_003)), expected: { kind: 'rejected', code: '100/2804003' } },
  { sentence: 'an expired token', given: reply(401, error(190, 463)), expected: { kind: 'config', code: '190/463' } },
  {
    sentence: 'too many calls, told as a bad request',
    given: reply(400, error(80_004, 2_446_079), { businessUsage: usage(2, 7, null) }),
    expected: { kind: 'throttled', code: '80004/2446079', afterMs: 420_000 },
  },
  {
    sentence: 'too many calls of an ad account',
    given: reply(400, error(17, 2_446_079), { adAccountUsage: '{"acc_id_util_pct":100,"reset_time_duration":90}' }),
    expected: { kind: 'throttled', afterMs: 90_000 },
  },
  { sentence: 'too many calls, without a time', given: reply(400, error(4)), expected: { kind: 'throttled', afterMs: 60_000 } },
  {
    sentence: 'too many calls, with a time that is over',
    given: reply(400, error(4), { businessUsage: usage(0) }),
    expected: { kind: 'throttled', afterMs: 60_000 },
  },
  {
    sentence: 'too many calls, with headers that are not readable',
    given: reply(400, error(4), { businessUsage: '{', adAccountUsage: '[]' }),
    expected: { kind: 'throttled', afterMs: 60_000 },
  },
  {
    sentence: '429 without a body',
    given: reply(429, '', { businessUsage: usage(3) }),
    expected: { kind: 'throttled', code: 'HTTP_429', afterMs: 180_000 },
  },
  { sentence: '429 with a code that is new', given: reply(429, error(987_654)), expected: { kind: 'throttled', code: 'HTTP_429' } },
  { sentence: "Meta's own fault", given: reply(500, error(2)), expected: { kind: 'retry', code: '2' } },
  { sentence: 'a server error with a code that is new', given: reply(503, error(987_654)), expected: { kind: 'retry', code: '987654' } },
  { sentence: 'a page of a gateway', given: reply(502, html), expected: { kind: 'retry', code: 'HTTP_502' } },
  { sentence: 'nothing but 500', given: reply(500, ''), expected: { kind: 'retry', code: 'HTTP_500' } },
  { sentence: 'a page where an answer should be', given: reply(200, html), expected: { kind: 'retry', code: 'HTTP_200' } },
  { sentence: 'nothing but 401', given: reply(401, ''), expected: { kind: 'config', code: 'HTTP_401' } },
  { sentence: 'a page that is not there', given: reply(404, html), expected: { kind: 'held', code: 'HTTP_404' } },
  { sentence: 'a way to somewhere else', given: reply(302, ''), expected: { kind: 'held', code: 'HTTP_302' } },
  { sentence: 'an answer of another form', given: reply(200, { ok: true }), expected: { kind: 'held', code: 'HTTP_200' } },
  {
    sentence: 'an accepted request of another status',
    given: reply(202, { events_received: 3 }),
    expected: { kind: 'held', code: 'HTTP_202' },
  },
  {
    sentence: 'a code that is new',
    given: reply(400, error(987_654)),
    expected: { kind: 'held', code: '987654', reason: expect.stringContaining('fbtrace_id trace1') },
  },
  {
    sentence: 'a code as text, which Graph never sends',
    given: reply(400, { error: { code: '190' } }),
    expected: { kind: 'held', code: 'HTTP_400' },
  },
  {
    sentence: 'one event less than was sent',
    given: reply(200, { events_received: 2, fbtrace_id: 'trace1' }),
    expected: { kind: 'held', code: 'EVENTS_RECEIVED', reason: expect.stringMatching(/received 2 of 3 events.*trace1/) },
  },
  {
    sentence: 'one event more than was sent',
    given: reply(200, { events_received: 4 }),
    expected: { kind: 'held', code: 'EVENTS_RECEIVED' },
  },
  { sentence: 'no answer', given: { kind: 'unanswered', code: 'TIMEOUT' }, expected: { kind: 'retry', code: 'TIMEOUT' } },
];

describe("Meta's answer", () => {
  it('delivers every event when as many were received, with the trace as reference', () => {
    const delivered = { kind: 'delivered', reference: 'trace1' };
    const answer: Answer = { kind: 'answered', outcomes: [delivered, delivered] as never };
    expect(readAnswer(reply(200, { events_received: 2, messages: [], fbtrace_id: 'trace1' }), 2)).toEqual(answer);
  });

  it.each(refusals)('refuses the whole request by $sentence', ({ given, expected }) => {
    const answer = readAnswer(given, 3);
    expect(answer).toEqual({ kind: 'refused', outcome: expect.objectContaining(expected), blamed: new Map() });
    expect(JSON.stringify(answer)).not.toContain('Jane');
  });

  const success = { events_received: 3, fbtrace_id: 'trace1' };
  it.each<[string, Reply, number | undefined]>([
    ['nothing of usage', reply(200, success), undefined],
    ['quotas that are not used up', reply(200, success, { businessUsage: usage(0, null), appUsage: '{"call_count":99}' }), undefined],
    ['a window of an ad account that is not used up', reply(200, success, { adAccountUsage: '{"reset_time_duration":90}' }), undefined],
    ['minutes to regain access', reply(200, success, { businessUsage: usage(2, 7, null) }), 420_000],
    [
      'a quota of the business that is used up, without a time',
      reply(200, success, { businessUsage: '{"1":[{"total_time":100}]}' }),
      60_000,
    ],
    ['a quota of the app that is used up', reply(200, success, { appUsage: '{"call_count":28,"total_cputime":100}' }), 60_000],
    ['an ad account that is used up', reply(200, success, { adAccountUsage: '{"acc_id_util_pct":100,"reset_time_duration":90}' }), 90_000],
    ['more than a day', reply(200, success, { businessUsage: usage(100_000) }), 86_400_000],
    ['headers that are not readable', reply(200, success, { businessUsage: '{', appUsage: '[]', adAccountUsage: '7' }), undefined],
    ['minutes beside a bad event', reply(400, error(100, 2_804_003), { businessUsage: usage(3) }), 180_000],
    ['minutes beside its own fault', reply(500, error(2), { businessUsage: usage(3) }), 180_000],
    ['minutes with the throttle itself, which has them', reply(400, error(4), { businessUsage: usage(3) }), undefined],
    ['minutes beside a short count', reply(200, { events_received: 2 }, { businessUsage: usage(3) }), 180_000],
  ])('tells how long to rest by %s', (_what, given, afterMs) => {
    expect(readAnswer(given, 3).rest?.afterMs).toBe(afterMs);
  });

  it.each<[string, Reply, boolean]>([
    ['a parameter or a permission, told by the code of both', reply(400, error(100)), true],
    ['a code that is new', reply(400, error(987_654)), false],
    ['a bad event by its own subcode', reply(400, error(100, 2_804_003)), false],
  ])('has the events asked apart only where it may be about one of them: %s', (_sentence, given, expected) => {
    expect('mayBeRows' in readAnswer(given, 3)).toBe(expected);
  });

  it('blames the events that the SDK cannot build, and no other', () => {
    const answer = readAnswer({ kind: 'unsent', unbuildable: [1, 2] }, 3);
    expect(answer.kind === 'refused' && [...answer.blamed].map(([index, outcome]) => [index, outcome.kind])).toEqual([
      [1, 'rejected'],
      [2, 'rejected'],
    ]);
  });
});
