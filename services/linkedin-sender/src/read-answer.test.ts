import { describe, expect, it } from '@jest/globals';
import { type Reply, readAnswer } from './read-answer.ts';

const reply = (status: number, body: unknown, headers: Partial<Extract<Reply, { kind: 'answered' }>> = {}): Reply => ({
  ...{ kind: 'answered', status, requestId: 'request 1', retryAfter: null },
  body: typeof body === 'string' ? body : JSON.stringify(body),
  ...headers,
});
const elements = (...statuses: number[]) => ({ elements: statuses.map((status) => ({ status })) });
const fields = (...at: [number, string][]) => ({
  status: 422,
  message: at
    .map(([index, field]) => `Index: ${index}, ERROR :: ${field} :: field is required but not found and has no default value\n`)
    .join(''),
});

/** Each row's ending, or that of the whole request. */
function told(from: Reply): string {
  const answer = readAnswer(from, 3);
  if (answer.kind === 'answered')
    return answer.outcomes.map((outcome) => `${outcome.kind}${'code' in outcome ? ` ${outcome.code}` : ''}`).join(', ');
  const blamed = [...answer.blamed].map(([index, outcome]) => `${index} ${outcome.kind}${'code' in outcome ? ` ${outcome.code}` : ''}`);
  if (blamed.length > 0) return `none: ${blamed.join(', ')}`;
  return `none: ${answer.outcome.kind}${'code' in answer.outcome ? ` ${answer.outcome.code}` : ''}${answer.mayBeRows ? ', or a row' : ''}`;
}

describe('an answer of LinkedIn', () => {
  it.each<[string, Reply, string]>([
    ['takes all', reply(200, elements(201, 201, 201)), 'delivered, delivered, delivered'],
    ['refuses one of a batch', reply(200, elements(201, 422, 500)), 'delivered, rejected ELEMENT_REFUSED, retry ELEMENT_500'],
    ['that tells of fewer events than were sent is no success', reply(200, elements(201, 201)), 'none: held ELEMENTS_MISSING'],
    ['of success that is none of LinkedIn is none', reply(200, '<html>'), 'none: retry HTTP_200'],
    [
      'names the first field of each bad event',
      reply(422, fields([0, '/conversionValue/amount'], [2, '/user'])),
      'none: 0 rejected FIELD_INVALID, 2 rejected FIELD_INVALID',
    ],
    ['names an event that was not sent', reply(422, fields([7, '/user'])), 'none: held HTTP_422, or a row'],
    [
      'names rules of another method, index 0 too',
      reply(400, { message: "Conversion's method should be CONVERSIONS_API, indices [0, 2] (0-indexed)" }),
      'none: 0 config WRONG_CONVERSION_METHOD, 2 config WRONG_CONVERSION_METHOD',
    ],
    ['refuses all without a name', reply(422, { message: 'no' }), 'none: held HTTP_422, or a row'],
    ['wants another token', reply(401, { code: 'REVOKED_ACCESS_TOKEN', status: 401 }), 'none: config REVOKED_ACCESS_TOKEN'],
    ['wants another token without saying more', reply(401, ''), 'none: config HTTP_401'],
    ['wants another version', reply(426, { code: 'NONEXISTENT_VERSION' }), 'none: config NONEXISTENT_VERSION'],
    ['cannot now', reply(500, { code: 'INTERNAL_SERVER_ERROR' }), 'none: retry INTERNAL_SERVER_ERROR'],
    ['cannot now, in a code that nobody knows', reply(503, { code: 'TOMORROW' }), 'none: retry HTTP_503'],
    ['is a page of something before it', reply(502, '<html>'), 'none: retry HTTP_502'],
    ['has a code that nobody knows', reply(400, { code: 'TOMORROW' }), 'none: held TOMORROW'],
    ['does not come', { kind: 'unanswered', code: 'TIMEOUT' }, 'none: retry TIMEOUT'],
  ])('%s', (_sentence, from, expected) => {
    expect(told(from)).toBe(expected);
  });

  it.each([
    ['for as long as it says', '90', 90_000],
    ['for a minute where it does not say', null, 60_000],
    ['for a minute at least', '1', 60_000],
  ])('asks for fewer calls %s', (_sentence, retryAfter, afterMs) => {
    expect(readAnswer(reply(429, { code: 'TOO_MANY_REQUESTS' }, { retryAfter }), 1)).toMatchObject({
      outcome: { kind: 'throttled', afterMs },
    });
  });
});
