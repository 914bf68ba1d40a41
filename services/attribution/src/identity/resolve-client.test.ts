import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Graph, GraphEdge, GraphNode } from './graph.ts';
import { type AmbiguityRule, entityAt, type Goal, type Resolution, resolveClient, type Span } from './resolve-client.ts';

type Ends = [from: string, to: string];
type Given = Partial<Omit<GraphEdge, 'from' | 'to'>>;
type Link = [...Ends, Given?];

interface Known {
  links: Link[];
  /** Nodes that link nobody, with the reason. */
  blocked?: Record<string, string>;
  /** The number of the n-th node that is met. */
  idOf?: (n: number) => number;
}

/** A graph as it is read: an edge is known at its person's side, and of an address at both. A node is told as `type value`. */
function build({ links, blocked = {}, idOf = (n) => n }: Known): { graph: Graph; node(name: string): GraphNode } {
  const byName = new Map<string, GraphNode>();
  const nodes = new Map<number, GraphNode>();
  const edgesOf = new Map<number, GraphEdge[]>();
  const node = (name: string): GraphNode => {
    const [type, value] = name.split(' ') as [GraphNode['type'], string];
    const known = byName.get(name) ?? { id: idOf(byName.size), type, value, blocked: blocked[name] ?? null };
    byName.set(name, known);
    nodes.set(known.id, known);
    return known;
  };
  for (const [from, to, given] of links) {
    const edge: GraphEdge = {
      ...{ from: node(from).id, to: node(to).id, source: 'crm', eventId: `${from} ${to}`, confidence: 1, isPrimary: false },
      ...{ firstLinkedAtMs: 0, validFromMs: null, validToMs: null, ...given },
    };
    for (const id of to.startsWith('email') ? [edge.from, edge.to] : [edge.from]) edgesOf.set(id, [...(edgesOf.get(id) ?? []), edge]);
  }
  return { graph: { nodes, edgesOf }, node };
}

function resolve(known: Known, client = 'client 1', rule: AmbiguityRule = 'none'): Resolution {
  const { graph, node } = build(known);
  return resolveClient(graph, node(client), rule);
}

const spanOf = ({ spans }: Resolution, goal: Goal = 'company'): Span | undefined => spans.find((span) => span.goal === goal);
const ownerOf = (resolution: Resolution, goal: Goal = 'company') => entityAt(resolution.spans, goal, 1_000);
const times = <T>(count: number, one: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => one(n));

/** Client 1, an address, client 2, another address: as far as a way is asked for. */
const chain: Link[] = [
  ['client 1', 'email a'],
  ['client 2', 'email a'],
  ['client 2', 'email b'],
  ['email b', 'domain b'],
  ['domain b', 'company 42'],
];

describe('how far a search goes', () => {
  it.each<[sentence: string, links: Link[], company: number | null, contact: number | null]>([
    ['a company one link away is the client’s', [['client 1', 'company 42']], 42, null],
    ['one of its address is', [chain[0] as Link, ['email a', 'company 42']], 42, null],
    ['one of its address’s domain is', [chain[0] as Link, ['email a', 'domain a'], ['domain a', 'company 42']], 42, null],
    ['one five links away is', chain, 42, null],
    [
      'one six links away is not',
      [...chain.slice(0, 3), ['client 3', 'email b'], ['client 3', 'email c'], ['email c', 'company 42']],
      null,
      null,
    ],
    ['a contact two links away is the client’s', [chain[0] as Link, ['email a', 'contact 7']], null, 7],
    ['one four links away is not', [...chain.slice(0, 3), ['email b', 'contact 7']], null, null],
    [
      'what is beyond a company is not seen',
      [
        ['client 1', 'company 42'],
        ['email a', 'company 42'],
        ['email a', 'contact 7'],
      ],
      42,
      null,
    ],
    [
      'colleagues of one company share no contact',
      [
        ['client 1', 'company 42'],
        ['client 2', 'company 42'],
        ['client 2', 'email b'],
        ['email b', 'company 43'],
      ],
      42,
      null,
    ],
    [
      'what is beyond a contact is not seen',
      [chain[0] as Link, ['email a', 'contact 7'], ['email b', 'contact 7'], ['email b', 'company 43']],
      null,
      7,
    ],
    [
      'addresses of one domain have nothing else in common',
      [chain[0] as Link, ['email a', 'domain a'], ['email b', 'domain a'], ['email b', 'company 43']],
      null,
      null,
    ],
  ])('%s', (_, links, company, contact) => {
    const resolution = resolve({ links });
    expect([ownerOf(resolution, 'company'), ownerOf(resolution, 'contact')]).toEqual([company, contact]);
  });

  it('one client sees a second, and the second a third, whom the first does not see', () => {
    const links: Link[] = [
      ...[chain[0] as Link, chain[1] as Link, chain[2] as Link],
      ...([
        ['client 3', 'email b'],
        ['client 3', 'email c'],
        ['email c', 'company 43'],
      ] as Link[]),
    ];
    expect(['client 1', 'client 2', 'client 3'].map((client) => ownerOf(resolve({ links }, client)))).toEqual([null, 43, 43]);
  });

  it('a client without links is nobody’s', () => {
    expect(resolve({ links: [] })).toEqual({ spans: [], refusals: [], isTruncated: false });
  });
});

describe('what strangers share', () => {
  const viaA: Link[] = [
    ['client 1', 'email a'],
    ['email a', 'domain a'],
    ['domain a', 'company 42'],
  ];
  const caps: [sentence: string, most: number, shared: string, links: (n: number) => Link, around: Link[], to: string][] = [
    ['a client with emails', 10, 'client 1', (n) => ['client 1', `email ${n}`], [['email 0', 'company 42']], 'email'],
    ['a client with companies', 10, 'client 1', (n) => ['client 1', `company ${42 + n}`, { confidence: n === 0 ? 1 : 0.5 }], [], 'company'],
    ['an address with clients', 30, 'email a', (n) => [`client ${n + 1}`, 'email a'], viaA.slice(1), 'client'],
    [
      'an address with companies',
      10,
      'email a',
      (n) => ['email a', `company ${42 + n}`, { isPrimary: n === 0 }],
      viaA.slice(0, 1),
      'company',
    ],
    ['an address with contacts', 10, 'email a', (n) => ['email a', `contact ${n}`], viaA, 'contact'],
    [
      'a domain with companies',
      10,
      'domain a',
      (n) => ['domain a', `company ${42 + n}`, { isPrimary: n === 0 }],
      viaA.slice(0, 2),
      'company',
    ],
  ];
  it.each(caps)('%s at the cap passes, and with one more links nobody', (_, most, shared, link, around, to) => {
    const [type, value] = shared.split(' ');
    const reason = `is shared: it has more than ${most} links to ${to}`;
    expect(ownerOf(resolve({ links: [...around, ...times(most, link)] }))).toBe(42);
    const closed = resolve({ links: [...around, ...times(most + 1, link)] });
    expect([ownerOf(closed), closed.refusals]).toEqual([null, [{ type, value, reason }]]);
  });

  it('a neighbour that several sources tell of counts once', () => {
    const links = times(10, (n) => times(4, (by): Link => ['client 1', `email ${n}`, { source: `source-${by}` }])).flat();
    expect(ownerOf(resolve({ links: [...links, ['email 0', 'company 42']] }))).toBe(42);
  });

  it.each([
    [300, 42, []],
    [301, null, [{ type: 'email', value: 'a', reason: 'is shared: it has more than 300 links' }]],
  ])('an address with %d links leads to %p', (count, company, refusals) => {
    const links = times(count - 1, (n): Link => ['client 1', 'email a', { source: `import-${n}` }]);
    // A client is passed by its own count: it is the same here, so it is another's side that is asked.
    const resolution = resolve(
      { links: [['client 9', 'email a', { source: 'crm' }], ...links.slice(1), ['email a', 'company 42']] },
      'client 9',
    );
    expect([ownerOf(resolution), resolution.refusals]).toEqual([company, refusals]);
  });

  it.each([
    ['a role mailbox', 'email a', 'a role mailbox'],
    ['a free-mail domain', 'domain a', 'a free-mail domain'],
    ['our own domain', 'domain a', 'our own domain'],
  ])('%s links nobody, and says why', (_, name, why) => {
    const [type, value] = name.split(' ');
    const resolution = resolve({ links: viaA, blocked: { [name]: why } });
    expect([resolution.spans, resolution.refusals]).toEqual([[], [{ type, value, reason: `is ${why}` }]]);
  });

  it('what was refused is named once, in one order, however many ways and times lead to it', () => {
    const links: Link[] = [
      ...([
        ['client 1', 'email b'],
        ['client 1', 'email a', { validToMs: 5 }],
        ['client 1', 'email a', { source: 'lead' }],
      ] as Link[]),
      ...([
        ['client 2', 'email b'],
        ['client 2', 'email a'],
      ] as Link[]),
    ];
    const { refusals } = resolve({ links, blocked: { 'email a': 'a role mailbox', 'email b': 'a role mailbox' } });
    expect(refusals.map(({ value }) => value)).toEqual(['a', 'b']);
  });

  it('a search that meets more than 2,000 identifiers ends there, and says so', () => {
    const links = times(10, (e) => [
      ['client 1', `email ${e}`] as Link,
      ...times(29, (c) => [
        [`client ${e}-${c}`, `email ${e}`] as Link,
        ...times(9, (n): Link => [`client ${e}-${c}`, `email ${e}-${c}-${n}`]),
      ]).flat(),
    ]).flat();
    const near: Link = ['email 3', 'company 42'];
    const resolution = resolve({ links: [...links, near] });
    expect([ownerOf(resolution), resolution.isTruncated]).toEqual([42, true]);
    expect(resolution.refusals).toEqual([
      { type: 'client', value: '1', reason: 'leads to more than 2000 identifiers: the rest was not followed' },
    ]);
    expect(resolve({ links: [...links.slice(0, 1_900), near] }).isTruncated).toBe(false);
  });
});

describe('which of several it is', () => {
  const both = (one: Given, other: Given): Link[] => [
    ['client 1', 'company 43', one],
    ['client 1', 'company 42', other],
  ];
  it.each<[sentence: string, links: Link[], none: number | null, oldest: number]>([
    [
      'the nearer one, however sure the other is',
      [
        ['client 1', 'company 43', { confidence: 0.1 }],
        ['client 1', 'email a'],
        ['email a', 'company 42', { isPrimary: true }],
      ],
      43,
      43,
    ],
    ['of two as near the surer one', both({ confidence: 0.9 }, { confidence: 0.8, isPrimary: true }), 43, 43],
    [
      'as sure as the weakest link of the way',
      [
        ['client 1', 'email a', { confidence: 0.5 }],
        ['email a', 'company 43'],
        ['client 1', 'email b', { confidence: 0.7 }],
        ['email b', 'company 42', { confidence: 0.6 }],
      ],
      42,
      42,
    ],
    [
      'the surest of the ways to it',
      [
        ['client 1', 'email a', { confidence: 0.5 }],
        ['client 1', 'email b', { confidence: 0.9 }],
        ['email a', 'company 43'],
        ['email b', 'company 43'],
        ['client 1', 'email c', { confidence: 0.8 }],
        ['email c', 'company 42'],
      ],
      43,
      43,
    ],
    ['of two as sure the CRM’s main one', both({ isPrimary: true }, {}), 43, 43],
    [
      'of two main ones neither, or the one that was linked first',
      both({ isPrimary: true, firstLinkedAtMs: 1 }, { isPrimary: true, firstLinkedAtMs: 2 }),
      null,
      43,
    ],
    ['of two that are alike in all neither, or the smaller number', both({}, {}), null, 42],
    [
      'numbers are told apart as numbers',
      [
        ['client 1', 'company 100'],
        ['client 1', 'company 99'],
      ],
      null,
      99,
    ],
    [
      'a way is as old as its youngest link',
      [
        ['client 1', 'email a', { firstLinkedAtMs: 9 }],
        ['email a', 'company 42', { firstLinkedAtMs: 1 }],
        ['client 1', 'email b', { firstLinkedAtMs: 5 }],
        ['email b', 'company 43', { firstLinkedAtMs: 6 }],
      ],
      null,
      43,
    ],
    [
      'of several ways as sure to one the oldest counts',
      [
        ['client 1', 'email a', { firstLinkedAtMs: 9 }],
        ['client 1', 'email a', { firstLinkedAtMs: 2, confidence: 0.9, source: 'lead' }],
        ['email a', 'company 43', { confidence: 0.5 }],
        ['client 1', 'email c', { firstLinkedAtMs: 5 }],
        ['email c', 'company 42', { confidence: 0.5 }],
      ],
      null,
      43,
    ],
  ])('%s', (_, links, none, oldest) => {
    expect(ownerOf(resolve({ links }))).toBe(none);
    expect(ownerOf(resolve({ links }, 'client 1', 'oldest'))).toBe(oldest);
  });

  it('all that were reached are kept, best first, each with its way', () => {
    const links: Link[] = [
      ['client 1', 'email a', { confidence: 0.9, source: 'lead' }],
      ['email a', 'company 50'],
      ['client 1', 'company 44', { confidence: 0.2 }],
      ['client 1', 'company 43', { confidence: 0.3 }],
      ['client 1', 'company 42', { confidence: 0.3, firstLinkedAtMs: 1 }],
      ['client 1', 'company 41', { confidence: 0.3, firstLinkedAtMs: 1 }],
      ['client 1', 'company 40', { confidence: 0.3, isPrimary: true, firstLinkedAtMs: 5 }],
    ];
    const span = spanOf(resolve({ links }));
    expect(span?.candidates.map(({ entity }) => entity)).toEqual([40, 43, 41, 42, 44, 50]);
    expect(span?.candidates.at(-1)).toEqual({
      ...{ entity: 50, hops: 2, confidence: 0.9, isPrimary: false, firstLinkedAtMs: 0 },
      path: [
        { type: 'email', value: 'a', source: 'lead', eventId: 'client 1 email a' },
        { type: 'company', value: '50', source: 'crm', eventId: 'email a company 50' },
      ],
    });
    expect([span?.entity, span?.isAmbiguous]).toEqual([40, false]);
  });
});

describe('links that hold for a time', () => {
  const spansOf = (links: Link[]) => resolve({ links }).spans.map(({ fromMs, toMs, entity }) => [fromMs, toMs, entity]);
  it.each<[sentence: string, links: Link[], spans: (number | null)[][]]>([
    ['a link without bounds holds always', [['client 1', 'company 42']], [[null, null, 42]]],
    ['a link holds from its first instant', [['client 1', 'company 42', { validFromMs: 10 }]], [[10, null, 42]]],
    ['and until before its last', [['client 1', 'company 42', { validToMs: 10 }]], [[null, 10, 42]]],
    [
      'two that touch leave no instant to both or neither',
      [
        ['client 1', 'company 42', { validToMs: 10 }],
        ['client 1', 'company 43', { validFromMs: 10 }],
      ],
      [
        [null, 10, 42],
        [10, null, 43],
      ],
    ],
    [
      'two with a gap leave it to nobody',
      [
        ['client 1', 'company 42', { validToMs: 10 }],
        ['client 1', 'company 43', { validFromMs: 20 }],
      ],
      [
        [null, 10, 42],
        [20, null, 43],
      ],
    ],
    [
      'while both hold it is nobody’s',
      [
        ['client 1', 'company 42', { validToMs: 20 }],
        ['client 1', 'company 43', { validFromMs: 10 }],
      ],
      [
        [null, 10, 42],
        [10, 20, null],
        [20, null, 43],
      ],
    ],
    [
      'one in the middle of another takes nothing where it is weaker',
      [
        ['client 1', 'company 42'],
        ['client 1', 'email a', { validFromMs: 5, validToMs: 6 }],
      ],
      [[null, null, 42]],
    ],
    [
      'a way holds while all its links do',
      [
        ['client 1', 'email a', { validFromMs: 5 }],
        ['email a', 'company 42', { validToMs: 9 }],
      ],
      [[5, 9, 42]],
    ],
    [
      'two of one way that never hold at once lead nowhere',
      [
        ['client 1', 'email a', { validFromMs: 9 }],
        ['email a', 'company 42', { validToMs: 9 }],
      ],
      [],
    ],
  ])('%s', (_, links, spans) => {
    expect(spansOf(links)).toEqual(spans);
  });

  it.each([
    [9, 42],
    [10, 43],
    [19, 43],
    [20, null],
    [29, null],
    [30, 42],
  ])('at %d it is the company of that instant', (atMs, company) => {
    const links: Link[] = [
      ['client 1', 'company 42', { validToMs: 10 }],
      ['client 1', 'company 43', { validFromMs: 10, validToMs: 20 }],
      ['client 1', 'company 42', { validFromMs: 30, source: 'import' }],
    ];
    expect(entityAt(resolve({ links }).spans, 'company', atMs)).toBe(company);
  });
});

/** Where a way may go on to, told once more. */
const mayFollow = new Set([
  'client>email',
  'client>company',
  'email>client',
  'email>domain',
  'email>contact',
  'email>company',
  'domain>company',
]);
const typeOf = (name: string): string => name.split(' ')[0] as string;
const mostOf: Record<string, number> = {
  'client>email': 10,
  'client>company': 10,
  'email>client': 30,
  'email>company': 10,
  'email>contact': 10,
  'domain>company': 10,
};

const neighboursOf = (links: Link[], name: string): { other: string; given: Given }[] =>
  links.flatMap(([from, to, given = {}]) => {
    const other = from === name ? to : to === name ? from : null;
    return other !== null && mayFollow.has(`${typeOf(name)}>${typeOf(other)}`) ? [{ other, given }] : [];
  });

function isOpen({ links, blocked = {} }: Known, name: string): boolean {
  const others = Map.groupBy(neighboursOf(links, name), ({ other }) => `${typeOf(name)}>${typeOf(other)}`);
  return (
    blocked[name] === undefined && [...others].every(([kind, of]) => new Set(of.map(({ other }) => other)).size <= (mostOf[kind] ?? 1_000))
  );
}

interface Way {
  end: string;
  hops: number;
  confidence: number;
  isPrimary: boolean;
  oldest: number;
}

/** All ways from a client that meet no node twice, of at most five links that hold at an instant. */
function waysOf(known: Known, atMs: number, name: string, before: string[] = [], links: Given[] = []): Way[] {
  const { validFromMs: _, ...last } = links.at(-1) ?? {};
  const way: Way = {
    ...{ end: name, hops: links.length, confidence: Math.min(...links.map(({ confidence }) => confidence ?? 1)) },
    ...{ isPrimary: last.isPrimary ?? false, oldest: Math.max(...links.map(({ firstLinkedAtMs }) => firstLinkedAtMs ?? 0)) },
  };
  if (links.length === 5 || !isOpen(known, name)) return [way];
  const onwards = neighboursOf(known.links, name).filter(
    ({ other, given: { validFromMs, validToMs } }) =>
      !before.includes(other) && (validFromMs ?? Number.NEGATIVE_INFINITY) <= atMs && atMs < (validToMs ?? Number.POSITIVE_INFINITY),
  );
  return [way, ...onwards.flatMap(({ other, given }) => waysOf(known, atMs, other, [...before, name], [...links, given]))];
}

const better = (left: Way, right: Way): number =>
  left.hops - right.hops ||
  right.confidence - left.confidence ||
  Number(right.isPrimary) - Number(left.isPrimary) ||
  left.oldest - right.oldest;
const numberOf = ({ end }: Way): number => Number(end.split(' ')[1]);

/** What a search should find, by looking at every way there is. */
function lookEverywhere(known: Known, goal: Goal, atMs: number) {
  const ways = waysOf(known, atMs, 'client 1').filter(({ end, hops }) => typeOf(end) === goal && hops <= (goal === 'company' ? 5 : 2));
  const best = [...Map.groupBy(ways, ({ end }) => end).values()].map((of) => of.sort(better)[0] as Way);
  const ranked = best.sort((left, right) => better(left, right) || numberOf(left) - numberOf(right));
  const isAmbiguous = ranked.length > 1 && better({ ...(ranked[0] as Way), oldest: 0 }, { ...(ranked[1] as Way), oldest: 0 }) === 0;
  const oldest = ranked[0] === undefined ? null : numberOf(ranked[0]);
  const candidates = ranked.map((way) => [numberOf(way), way.hops, way.confidence, way.isPrimary, way.oldest]);
  return { none: isAmbiguous ? null : oldest, oldest, isAmbiguous, candidates };
}

const named = (type: string, from: number, count: number) => fc.constantFrom(...times(count, (n) => `${type} ${from + n}`));
const [clients, emails, domains] = [named('client', 1, 3), named('email', 0, 3), named('domain', 0, 2)];
const [companies, contacts] = [named('company', 40, 4), named('contact', 70, 2)];
const instants = fc.option(fc.integer({ min: 1, max: 4 }), { nil: null, freq: 2 });
const anyhow: fc.Arbitrary<Given> = fc
  .record({
    ...{ confidence: fc.constantFrom(1, 1, 0.5, 0.25), isPrimary: fc.boolean(), firstLinkedAtMs: fc.nat(3), from: instants, to: instants },
    source: fc.constantFrom('crm', 'lead'),
  })
  .map(({ from, to, ...rest }) => ({ ...rest, validFromMs: from, validToMs: from !== null && to !== null && to <= from ? null : to }));
/** Often links that are alike in all: what decides between them must not be their order. */
const given = fc.oneof(anyhow, fc.constantFrom<Given>({ source: 'crm' }, { source: 'lead' }));
const ends: fc.Arbitrary<Ends> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(clients, emails) },
  { weight: 1, arbitrary: fc.tuple(clients, companies) },
  { weight: 4, arbitrary: fc.tuple(emails, fc.oneof(domains, companies, contacts)) },
  { weight: 2, arbitrary: fc.tuple(domains, companies) },
);
/** Of one source an edge is there once. */
const linksOf = (of: fc.Arbitrary<Ends>, most: number): fc.Arbitrary<Link[]> =>
  fc.uniqueArray(
    fc.tuple(of, given).map(([[from, to], more]): Link => [from, to, more]),
    { maxLength: most, selector: ([from, to, more]) => `${from} ${to} ${more?.source}` },
  );
const nobody: Link[] = [];
const crowd: fc.Arbitrary<Link[]> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(nobody) },
  fc.tuple(clients, fc.integer({ min: 8, max: 11 })).map(([client, count]) => times(count, (n): Link => [client, `email x${n}`])),
  fc.tuple(emails, fc.integer({ min: 27, max: 31 })).map(([email, count]) => times(count, (n): Link => [`client x${n}`, email])),
);
const known: fc.Arbitrary<Known> = fc
  .record({
    some: linksOf(ends, 14),
    crowd,
    blocked: fc.dictionary(fc.oneof(emails, domains), fc.constant('a role mailbox'), { maxKeys: 1 }),
  })
  .map(({ some, crowd: many, blocked }) => ({ links: [...some, ...many], blocked }));

describe('a search', () => {
  it('finds what looking at every way finds, at every instant and by either rule', () => {
    fc.assert(
      fc.property(known, fc.integer({ min: 0, max: 5 }), fc.constantFrom<Goal>('company', 'contact'), (of, atMs, goal) => {
        const expected = lookEverywhere(of, goal, atMs);
        for (const rule of ['none', 'oldest'] as const) {
          const { spans } = resolve(of, 'client 1', rule);
          const span = spans.find((one) => one.goal === goal && (one.fromMs ?? -1) <= atMs && atMs < (one.toMs ?? 99));
          expect(entityAt(spans, goal, atMs)).toBe(expected[rule]);
          expect(span?.isAmbiguous ?? false).toBe(expected.isAmbiguous);
          expect(
            (span?.candidates ?? []).map(({ entity, hops, confidence, isPrimary, firstLinkedAtMs }) => [
              ...[entity, hops, confidence, isPrimary, firstLinkedAtMs],
            ]),
          ).toEqual(expected.candidates);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it('finds the same in whatever order and under whatever numbers links are saved', () => {
    const arrangement = known.chain((of) => fc.tuple(fc.constant(of), fc.shuffledSubarray(of.links, { minLength: of.links.length })));
    fc.assert(
      fc.property(arrangement, ([of, links]) => {
        expect(resolve({ ...of, links, idOf: (n) => 1_000 - n })).toEqual(resolve(of));
      }),
      { numRuns: 500 },
    );
  });

  it('finds the same whatever else is known of others', () => {
    const ofOthers = (name: string): string => (/company|contact/.test(name) ? name : `${name}-other`);
    fc.assert(
      fc.property(known, known, (of, others) => {
        const more = others.links.map(([from, to, given = {}]): Link => [ofOthers(from), ofOthers(to), given]);
        expect(resolve({ ...of, links: [...more, ...of.links] })).toEqual(resolve(of));
      }),
      { numRuns: 500 },
    );
  });

  it('finds the same with a link more of which both ends are five links away or further', () => {
    let looked = 0;
    fc.assert(
      fc.property(known, ends, given, (of, [from, to], more) => {
        const always = of.links.map(([a, b]): Link => [a, b]);
        const near = new Set(waysOf({ links: always }, 0, 'client 1').flatMap(({ end, hops }) => (hops < 5 ? [end] : [])));
        fc.pre(!near.has(from) && !near.has(to));
        looked += 1;
        expect(resolve({ ...of, links: [...of.links, [from, to, { ...more, source: 'another' }]] })).toEqual(resolve(of));
      }),
      { numRuns: 300 },
    );
    expect(looked).toBeGreaterThan(100);
  });
});
