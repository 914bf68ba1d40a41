import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type IhcStandIn, startIhcStandIn } from '../../../stand-in/ihc.ts';
import type { Journey } from '../../journeys/journey.ts';
import { createIhcModel } from '../model/ihc-model.ts';
import { sumOf } from '../model/shares.ts';
import { journeyOf, touchAt } from '../testing.ts';
import { fetchScores } from './fetch-scores.ts';
import { type ApiOptions, type ApiScores, scoreByApi } from './score-by-api.ts';

const apiKey = 'key-of-the-test';
/** Journeys of 1, 2, … sessions, eight hours apart, engaged in changing ways. */
const journeys: Journey[] = Array.from({ length: 12 }, (_, index) =>
  journeyOf(
    Array.from({ length: index + 1 }, (_touch, place) =>
      touchAt(place * 8 + place / 7, {
        id: `c${index}.s${place}`,
        isCloser: place % 3 !== 1,
        channel: place % 2 === 0 ? 'Direct' : 'Paid',
      }),
    ),
    { conversionId: `c${index}` },
  ),
);
const ids = journeys.map(({ conversionId }) => conversionId);

let api: IhcStandIn;
let said: string[];
const optionsOf = (changes: Partial<ApiOptions> = {}): ApiOptions => ({
  endpoint: { url: `${api.url}/v1/compute_ihc`, apiKey, conversionType: 'purchase', timeoutMs: 20_000 },
  limits: { journeys: 100, sessions: 200 },
  parallelCalls: 3,
  callsPerSecond: 1_000,
  attempts: 4,
  pauseMs: () => 0,
  say: (line) => void said.push(line),
  ...changes,
});
const callsOf = (conversionId: string): string[][] => api.calls.filter((call) => call.includes(conversionId));
const reasonsOf = ({ unscored }: ApiScores): string[] => unscored.map(({ reason }) => reason);

beforeEach(async () => {
  api = await startIhcStandIn({ port: 0, apiKeys: [apiKey], conversionTypes: ['purchase'], limits: { journeys: 100, sessions: 200 } });
  said = [];
});
afterEach(() => api.stop());

describe('the client of the IHC API', () => {
  it('scores as the API does, and its credits add up to 1 whatever rounding has taken', async () => {
    const { credits, unscored } = await scoreByApi(journeys, optionsOf());
    expect(unscored).toEqual([]);
    for (const journey of journeys) {
      const credit = credits.get(journey.conversionId) ?? [];
      expect(Math.abs(sumOf(credit) - 1)).toBeLessThan(1e-9);
      for (const [index, share] of createIhcModel().credit(journey).entries()) expect(credit[index]).toBeCloseTo(share, 3);
    }
  });

  it('gives the same credits one journey a call, a hundred a call, and within 12 sessions a call', async () => {
    const [alone, together, tight] = await Promise.all(
      [
        { journeys: 1, sessions: 200 },
        { journeys: 100, sessions: 200 },
        { journeys: 100, sessions: 12 },
      ].map((limits) => scoreByApi(journeys, optionsOf({ limits }))),
    );
    expect(together).toEqual(alone);
    expect(tight).toEqual(alone);
    expect(api.calls.every((call) => new Set(call).size === call.length)).toBe(true);
  });

  it('never cuts a journey across two calls', async () => {
    await scoreByApi(journeys, optionsOf({ limits: { journeys: 100, sessions: 13 } }));
    expect(ids.map((id) => callsOf(id).length)).toEqual(ids.map(() => 1));
  });

  it('sends the latest sessions of a journey that is too long alone, says so, and gives the others nothing', async () => {
    const { credits } = await scoreByApi(journeys, optionsOf({ limits: { journeys: 100, sessions: 10 } }));
    const latest = journeyOf(journeys[11]!.touches.slice(-10), { conversionId: 'c11' });
    const alone = await scoreByApi([latest], optionsOf());
    expect(credits.get('c11')).toEqual([0, 0, ...(alone.credits.get('c11') ?? [])]);
    expect(said).toContain('conversion c11: of its 12 sessions the latest 10 are sent');
  });

  it('asks once more for a conversion that a 206 has left out, and only for it', async () => {
    api.forget('c3', 1);
    const { credits, unscored } = await scoreByApi(journeys, optionsOf());
    expect(unscored).toEqual([]);
    expect([...credits.keys()].sort()).toEqual([...ids].sort());
    expect(api.calls).toEqual([ids, ['c3']]);
  });

  it('leaves a conversion that is left out twice without credit, with the reason of the API', async () => {
    api.forget('c3', 9);
    const { credits, unscored } = await scoreByApi(journeys, optionsOf());
    expect(credits.size).toBe(11);
    expect(unscored.map(({ conversionId }) => conversionId)).toEqual(['c3']);
    expect(unscored[0]?.reason).toContain('could not be parsed');
    expect(callsOf('c3')).toHaveLength(2);
  });

  it('meets a stand-in that answers an object keyed by conversion as the API does: with a silent 1 for each', async () => {
    const answer = await fetch(`${api.url}/v1/compute_ihc?conv_type_id=purchase`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': apiKey },
      body: JSON.stringify({ customer_journeys: { c1: [{}], c2: [{}, {}] } }),
    });
    expect(answer.status).toBe(200);
    expect(((await answer.json()) as { value: unknown[] }).value).toHaveLength(2);
  });

  it.each([
    ['429', { kind: 'throttled' }],
    ['500', { kind: 'server-error' }],
    ['a 200 whose body says 500 and has no value', { kind: 'null-value' }],
    ['a 200 whose body says 500 and has no row', { kind: 'empty-value' }],
    ['a gateway page', { kind: 'html' }],
    ['a page with status 200', { kind: 'html-200' }],
    ['a broken connection', { kind: 'reset-before' }],
    ['an answer that is lost', { kind: 'reset-after-accept' }],
  ])('asks again after %s', async (_sentence, fault) => {
    api.arm({ ...fault, times: 2 });
    const { unscored, credits } = await scoreByApi(journeys, optionsOf());
    expect(unscored).toEqual([]);
    expect(credits.size).toBe(12);
    expect(api.requests()).toBe(3);
    expect(said).toHaveLength(2);
  });

  it('ends a call at its deadline', async () => {
    api.arm({ kind: 'latency', ms: 1_500, times: 1 });
    const endpoint = { ...optionsOf().endpoint, timeoutMs: 1_000 };
    const { unscored } = await scoreByApi(journeys, optionsOf({ endpoint }));
    expect(unscored).toEqual([]);
    expect(said[0]).toContain('TimeoutError');
  });

  it('gives up after so many attempts, with all that has not begun, and keeps what was answered', async () => {
    const limits = { journeys: 4, sessions: 200 };
    api.arm({ kind: 'latency', ms: 0, times: 1 });
    api.arm({ kind: 'throttled', times: 100 });
    const { unscored, credits } = await scoreByApi(journeys, optionsOf({ limits, parallelCalls: 1 }));
    expect([...credits.keys()]).toEqual(ids.slice(0, 4));
    expect(unscored.map(({ conversionId }) => conversionId)).toEqual(ids.slice(4));
    expect(unscored[7]?.reason).toContain('given up after 4 calls: status 429');
    expect(api.requests()).toBe(1 + 4);
  });

  it('finds the journey at fault in a batch that is invalid, and scores the others', async () => {
    const broken = journeyOf([touchAt(0, { id: 'x' })], { conversionId: 'broken' });
    const small = await startIhcStandIn({ port: 0, limits: { journeys: 100, sessions: 5 } });
    try {
      const endpoint = { ...optionsOf().endpoint, url: `${small.url}/v1/compute_ihc` };
      const result = await scoreByApi([...journeys.slice(0, 7), broken], optionsOf({ endpoint }));
      // Journeys of 6 and 7 sessions are beyond that server's limit, which the client was not told.
      expect(result.unscored.map(({ conversionId }) => conversionId).sort()).toEqual(['c5', 'c6']);
      expect(reasonsOf(result).every((reason) => reason.includes('at most 5 sessions'))).toBe(true);
      expect(result.credits.size).toBe(6);
    } finally {
      await small.stop();
    }
  });

  it('gives up where every journey is found invalid alike', async () => {
    const none = await startIhcStandIn({ port: 0, limits: { journeys: 0, sessions: 0 } });
    try {
      const endpoint = { ...optionsOf().endpoint, url: `${none.url}/v1/compute_ihc` };
      const many = Array.from({ length: 200 }, (_, index) => journeyOf([touchAt(0)], { conversionId: `n${index}` }));
      const result = await scoreByApi(many, optionsOf({ endpoint, parallelCalls: 1 }));
      expect(result.unscored).toHaveLength(200);
      expect(reasonsOf(result)).toContainEqual(expect.stringContaining('finds every journey invalid'));
      expect(none.requests()).toBeLessThan(40);
    } finally {
      await none.stop();
    }
  });

  it.each([
    ['another key', { apiKey: 'stolen-key' }],
    ['another address', { url: 'elsewhere' }],
  ])('stops with what to mend at %s, and never tells the key', async (_sentence, changes) => {
    const endpoint = { ...optionsOf().endpoint, ...changes };
    if (endpoint.url === 'elsewhere') endpoint.url = `${api.url}/elsewhere`;
    const failure = await scoreByApi(journeys, optionsOf({ endpoint })).catch((error: unknown) => String(error));
    expect(failure).toContain('mend IHC_API_KEY, IHC_API_URL or --conv-type');
    expect(`${failure}${said.join()}`).not.toContain(endpoint.apiKey);
  });

  it('takes the key out of whatever an answer says', async () => {
    const endpoint = { ...optionsOf().endpoint, apiKey: 'Forbidden' };
    expect(await fetchScores(journeys, endpoint)).toEqual({ kind: 'denied', reason: 'status 403: {"message":"(key)"}' });
  });

  it('hands the redistribution on in the words of the API', async () => {
    const closer = { direction: 'any_session' as const, receive_threshold: 0.1, redistribution_channel_labels: ['Direct'] };
    const endpoint = { ...optionsOf().endpoint, redistribution: { closer } };
    const { credits } = await scoreByApi(journeys, optionsOf({ endpoint }));
    expect(api.redistribution()).toEqual({ closer });
    expect(credits).not.toEqual((await scoreByApi(journeys, optionsOf())).credits);
  });

  it('asks nothing where there is nothing to ask', async () => {
    const empty = journeyOf([], { conversionId: 'none' });
    expect(await scoreByApi([empty], optionsOf())).toEqual({ credits: new Map(), unscored: [] });
    expect(api.requests()).toBe(0);
  });
});
