import { describe, expect, it } from '@jest/globals';
import {
  type Candidate,
  describeCandidates,
  describeIdentifier,
  describeOwner,
  describePeriod,
  describeWay,
  describeWhose,
  type Span,
} from './describe-identity.ts';

const hash = '7a5e'.padEnd(64, '0');
const path = (entity: number) => [
  { type: 'email', value: hash, source: 'lead', eventId: 'e1' },
  { type: 'company', value: `${entity}`, source: 'crm', eventId: 'e2' },
];
const candidate = (entity: number, more: Partial<Candidate> = {}): Candidate => ({
  ...{ entity, hops: 2, confidence: 1, isPrimary: false, path: path(entity) },
  ...more,
});
const span = (candidates: Candidate[], more: Partial<Span> = {}): Span => ({
  ...{ goal: 'company', fromMs: null, toMs: null, entity: candidates[0]?.entity ?? null, isAmbiguous: false, candidates },
  ...more,
});
const alike = [candidate(42), candidate(43), candidate(44, { hops: 4 })];

it('an address is told by the beginning of its hash, another identifier in full', () => {
  expect(describeIdentifier({ type: 'email', value: hash })).toBe('email 7a5e00000000…');
  expect(describeIdentifier({ type: 'domain', value: 'acme.example' })).toBe('domain acme.example');
});

it('a way names each identifier and who links it', () => {
  expect(describeWay(path(42))).toBe('client > email 7a5e00000000… (lead) > company 42 (crm)');
});

describe('a period', () => {
  const [early, late] = [new Date('2026-11-01T00:00:00Z'), new Date('2026-11-04T12:00:00Z')];
  it.each<[Date | null, Date | null, string]>([
    [null, null, 'always'],
    [early, null, 'from 2026-11-01 00:00 UTC'],
    [null, late, 'until 2026-11-04 12:00 UTC'],
    [early, late, 'from 2026-11-01 00:00 UTC until 2026-11-04 12:00 UTC'],
  ])('from %s to %s', (from, to, expected) => {
    expect(describePeriod(from, to)).toBe(expected);
  });
});

describe('a client', () => {
  it.each<[string, Span, string]>([
    ['with one candidate is its', span([candidate(42)]), 'company 42’s'],
    ['with a nearer one is the nearer one’s', span([candidate(42), candidate(43, { hops: 4 })]), 'company 42’s'],
    ['with two alike is nobody’s', span(alike, { entity: null, isAmbiguous: true }), 'nobody’s: company 42, company 43 are alike'],
    ['with two alike may be the older one’s', span(alike, { isAmbiguous: true }), 'company 42’s, linked first of 2 alike'],
  ])('%s', (_sentence, given, expected) => {
    expect(describeOwner(given)).toBe(expected);
  });

  it('is told with all candidates and what ranks them', () => {
    const main = candidate(44, { hops: 1, confidence: 0.5, isPrimary: true });
    expect(describeCandidates(span([candidate(42), main]))).toBe(
      'company 42 (2 hops, confidence 1); company 44 (1 hop, confidence 0.5, main company)',
    );
  });

  const refusals = [{ type: 'domain', value: 'gmail.com', reason: 'is a free-mail domain' }];
  const changed = Date.parse('2026-11-04T12:00:00Z');
  it.each<[string, Parameters<typeof describeWhose>[0], string]>([
    ['of which nothing is stored', null, 'It is nobody’s: no link leads from it to a company or contact.'],
    [
      'whose search was refused',
      { spans: [], refusals },
      'It is nobody’s: no link leads from it to a company or contact. Not passed: domain that is a free-mail domain (1).',
    ],
    [
      'of a company and a contact',
      { spans: [span([candidate(42)]), span([candidate(7)], { goal: 'contact' })], refusals: [] },
      'It is company 42’s; contact 7’s.',
    ],
    [
      'that changed employer',
      { spans: [span([candidate(42)], { toMs: changed }), span([candidate(43)], { fromMs: changed })], refusals: [] },
      'It is until 2026-11-04 12:00 UTC company 42’s; from 2026-11-04 12:00 UTC company 43’s.',
    ],
  ])('%s is told in a sentence', (_sentence, resolution, expected) => {
    expect(describeWhose(resolution)).toBe(expected);
  });
});
