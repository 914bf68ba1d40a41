import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect, type Database } from '@waybill/shared/db';
import { sql } from 'kysely';
import { createTestDatabase } from '../../../../infra/local/test-database.ts';
import { findLife } from '../life.ts';
import { buildRoutes } from '../routes.ts';
import type { Section } from '../section.ts';
import type { Subject } from '../subject.ts';
import { findRecalculations, findUnresolved } from './find-recalculations.ts';

let database: { url: string; drop(): Promise<void> };
let db: Database;

const now = new Date('2026-11-20T12:00:00Z');
const uuid = (n: number): string => `00000000-0000-4000-8000-${`${n}`.padStart(12, '0')}`;
const [ann, bob, kiosk, stranger] = [uuid(91), uuid(92), uuid(93), uuid(94)] as [string, string, string, string];
const hash = (start: string): string => start.padEnd(64, '0');
const [annsAddress, bobsAddress, office] = [hash('a1'), hash('b2'), hash('c3')] as [string, string, string];
const secretClick = 'Cj0KCQiA_secret_click_id_tail';

const touchOf = (n: number, channel: string) => ({ sessionId: uuid(n), at: '2026-11-01T12:00:00.000Z', channel });
const told = (n: number, channel: string, touches: number) => ({ ...touchOf(n, channel), campaign: 'brand', touches });

const pathTo = (company: number, address: string, more: object[] = []) => [
  { type: 'email', value: address, source: 'lead', eventId: uuid(902) },
  ...more,
  { type: 'company', value: `${company}`, source: 'crm', eventId: uuid(903) },
];
const candidate = (entity: number, hops: number, path: object[]) => ({
  ...{ entity, hops, confidence: 0.9, isPrimary: false, firstLinkedAtMs: 1, path },
});
const span = (entity: number | null, candidates: object[], goal = 'company') => ({
  ...{ goal, entity, isAmbiguous: entity === null, candidates, fromMs: null, toMs: null },
});

const resolve = (client: string, spans: object[], refusals: object[]) =>
  sql`
    insert into client_resolution (client_id, spans, refusals, version, resolved_at)
    values (${client}, ${JSON.stringify(spans)}::jsonb, ${JSON.stringify(refusals)}::jsonb, 1, now())`.execute(db);

const change = (company: number, hoursAgo: number, causes: object[], touches = 1) =>
  sql`
    insert into attribution_change (kind, entity, version, changed_at, before, after, causes)
    values ('company', ${company}, 17, now() - make_interval(hours => ${hoursAgo}), ${JSON.stringify({ first: null })}::jsonb,
            ${JSON.stringify({ first: told(901, 'cpc-google', touches) })}::jsonb, ${JSON.stringify(causes)}::jsonb)`.execute(db);

async function visit(n: number, client: string): Promise<number> {
  const { rows } = await sql<{ visit_id: number }>`
    insert into visits (session_id, client_id, visited_at, channel, campaign, gclid)
    values (${uuid(n)}, ${client}, '2026-11-01T12:00:00Z', 'cpc-google', 'brand', ${secretClick}) returning visit_id`.execute(db);
  return rows[0]?.visit_id ?? 0;
}

async function link(from: [string, string], to: [string, string], source: string, isTakenBack = false): Promise<void> {
  await sql`
    insert into identity_node (type, value) values (${from[0]}, ${from[1]}), (${to[0]}, ${to[1]}) on conflict do nothing`.execute(db);
  await sql`
    insert into identity_edge (from_node, to_node, source, linked_at, first_linked_at, unlinked_at, confidence, event_id, unlink_event_id)
    select f.node_id, t.node_id, ${source}, '2026-11-02T12:00:00Z', '2026-11-02T12:00:00Z', ${isTakenBack ? '2026-11-03T12:00:00Z' : null}, 0.9,
           ${uuid(903)}, ${isTakenBack ? uuid(904) : null}
    from identity_node f, identity_node t where f.type = ${from[0]} and f.value = ${from[1]} and t.type = ${to[0]} and t.value = ${to[1]}`.execute(
    db,
  );
}

const cause = {
  ...{ added: [touchOf(901, 'cpc-google')], removed: [touchOf(905, 'direct')], events: [{ source: 'crm', id: uuid(903) }] },
  via: `client ${ann} > email a1… > company 42`,
};

beforeAll(async () => {
  database = await createTestDatabase();
  db = connect(database.url);
  const visitId = await visit(901, ann);
  await visit(906, stranger);
  await sql`
    insert into company_profile_attribution (company, session_id, visit_id, touched_at, channel, campaign, touches, model, model_version, version, computed_at)
    values (42, ${uuid(901)}, ${visitId}, '2026-11-01T12:00:00Z', 'cpc-google', 'brand', 2, 'first', '1', 17, '2026-11-20T09:00:00Z')`.execute(
    db,
  );
  await sql`
    insert into contact_profile_attribution_first (contact_id, session_id, visit_id, touched_at, channel, campaign, touches, model, model_version, version, computed_at)
    values (7, ${uuid(901)}, ${visitId}, '2026-11-01T12:00:00Z', 'email', null, 1, 'first', '1', 18, '2026-11-20T09:00:00Z')`.execute(db);
  await change(42, 2, [cause]);
  await change(42, 30, [], 9);
  await change(77, 48, []);
  await resolve(
    ann,
    [span(42, [candidate(42, 2, pathTo(42, annsAddress))])],
    [{ type: 'domain', value: 'mail.example', reason: 'is a free-mail domain' }],
  );
  await resolve(
    bob,
    [
      span(
        null,
        [42, 43].map((company) => candidate(company, 2, pathTo(company, bobsAddress))),
      ),
    ],
    [],
  );
  await resolve(kiosk, [], [{ type: 'email', value: office, reason: 'is a role mailbox' }]);
  await link(['email', annsAddress], ['company', '42'], 'crm');
  await link(['email', office], ['company', '42'], 'crm');
  await link(['client', kiosk], ['email', office], 'lead');
  await link(['client', ann], ['company', '42'], 'support', true);
  await sql`update identity_node set blocked = 'a role mailbox' where value = ${office}`.execute(db);
  const wait = (kind: string, entity: string, dueMinutesAgo: number, problem: string | null) =>
    sql`
      insert into attribution_recalculation (kind, entity, step, triggered_at, triggers, due_at, attempts, problem, causes)
      values (${kind}, ${entity}, 1, now(), 1, now() - make_interval(mins => ${dueMinutesAgo}), ${problem === null ? 0 : 6}, ${problem}, '[]')`.execute(
      db,
    );
  await wait('company', '42', 0, 'numeric field overflow');
  await wait('company', '43', 12, null);
  await wait('client', ann, -6, null);
  const figures = (day: string, kind: string, step: number, figure: string) =>
    sql.raw(`insert into recalculation_figures values (${day}, '${kind}', ${step}, ${figure})`).execute(db);
  const today = `(now() at time zone 'UTC')::date`;
  await figures(today, 'company', 0, '3, 2, 1, 400, 300');
  await figures(today, 'client', 0, '4, 1, 0, 400, 350');
  await figures(today, 'client', 1, '5, 0, 0, 0, 0');
  await figures(`${today} - 1`, 'client', 0, '100, 100, 100, 100000, 100000');
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

async function sectionOf(subject: Subject, title: RegExp, since: Date | null = null): Promise<Section> {
  const life = await findLife(db, subject, now, since);
  const section = life?.sections.find((one) => title.test(one.title));
  if (section === undefined) throw new Error(`there is no section ${title}`);
  return section;
}
const company = (id: number): Subject => ({ kind: 'company', id });

describe('the life of a company', () => {
  it('tells each attribution with its touch, model and computation', async () => {
    const { rows } = await sectionOf(company(42), /^Attribution$/);
    expect(rows).toEqual([
      {
        ...{ attribution: 'first', channel: 'cpc-google', campaign: 'brand', touched: '2026-11-01 12:00 UTC', session: uuid(901) },
        ...{ of: '2 touches', model: 'first, version 1', since: 'computation 17, 2026-11-20 09:00 UTC' },
      },
    ]);
  });

  it('tells what changed in the last day, and the event, way and touches that made it', async () => {
    const { rows } = await sectionOf(company(42), /^What changed since/);
    expect(rows).toEqual([
      expect.objectContaining({
        ...{ 'what changed': 'first: none → cpc-google “brand” of 2026-11-01 12:00 UTC, of 1 touch', 'said by': `crm ${uuid(903)}` },
        ...{ 'by way of': `client ${ann} > email a1… > company 42`, computation: '17' },
        ...{
          came: `cpc-google of 2026-11-01 12:00 UTC (session ${uuid(901)})`,
          went: `direct of 2026-11-01 12:00 UTC (session ${uuid(905)})`,
        },
      }),
    ]);
  });

  it('tells more from further back, and of a later instant when it changed last', async () => {
    const long = new Date(Date.now() - 40 * 3_600_000);
    expect((await sectionOf(company(42), /^What changed since/, long)).rows).toHaveLength(2);
    const { title, rows, whenEmpty } = await sectionOf(company(42), /^What changed since/, new Date('2100-01-01T00:00:00Z'));
    expect([title, rows]).toEqual(['What changed since 2100-01-01 00:00 UTC', []]);
    expect(whenEmpty).toMatch(/^Nothing\. It last changed .*: first: none → cpc-google “brand”/);
  });

  it('is told where only a change of long ago is known of it, and not where nothing is', async () => {
    expect((await sectionOf(company(77), /^What changed since/)).whenEmpty).toContain('It last changed');
    expect(await findLife(db, company(78), now)).toBeNull();
  });

  it('names the clients that lead to it, the ambiguous ones with every candidate', async () => {
    const { rows } = await sectionOf(company(42), /^Clients/);
    expect(rows.map((row) => [row.client, row['belongs to'], row.hops, row.confidence, row['all candidates']])).toEqual([
      [ann, 'company 42’s', '2', '0.9', ''],
      [
        bob,
        'nobody’s: company 42, company 43 are alike',
        '2',
        '0.9',
        'company 42 (2 hops, confidence 0.9); company 43 (2 hops, confidence 0.9)',
      ],
    ]);
    expect(rows[0]?.['by way of']).toBe('client > email a10000000000… (lead) > company 42 (crm)');
  });

  it('names its own links, those taken back and those that link nobody', async () => {
    const { rows } = await sectionOf(company(42), /^Identity links/);
    expect(rows.map(({ identifier, standing, 'said by': by }) => [identifier, standing, by])).toEqual([
      ['email a10000000000…', 'linked 2026-11-02 12:00 UTC', `crm ${uuid(903)}`],
      ['email c30000000000…', 'links nobody: a role mailbox', `crm ${uuid(903)}`],
      [`client ${ann}`, 'taken back 2026-11-03 12:00 UTC', `support ${uuid(904)}`],
    ]);
  });

  it('names the identifiers at which the searches around it ended', async () => {
    const { rows } = await sectionOf(company(42), /^Identifiers that link nobody/);
    expect(rows).toEqual([
      { identifier: 'domain mail.example', reason: 'is a free-mail domain', clients: ann },
      { identifier: 'email c30000000000…', reason: 'is a role mailbox', clients: kiosk },
    ]);
  });

  it('tells the problem of its next computation', async () => {
    const { rows } = await sectionOf(company(42), /^Next computation/);
    expect(rows).toEqual([expect.objectContaining({ failed: '6 times in a row', reason: 'numeric field overflow' })]);
  });

  it('that only an ambiguous client names is told', async () => {
    const life = await findLife(db, company(43), now);
    expect(JSON.stringify(life)).toContain('nobody’s: company 42, company 43 are alike');
  });
});

it('the life of a contact has its first touch', async () => {
  expect((await sectionOf({ kind: 'contact', id: 7 }, /^Attribution$/)).rows).toEqual([
    expect.objectContaining({ attribution: 'first', channel: 'email', campaign: '', of: '1 touch' }),
  ]);
});

it('a company does not take a contact’s clients of the same number, nor what they met', async () => {
  await db.transaction().execute(async (tx) => {
    await sql`update client_resolution set spans = jsonb_set(spans, '{0,goal}', '"contact"')`.execute(tx);
    const clients = async (kind: 'company' | 'contact') =>
      (await findLife(tx, { kind, id: 42 }, now))?.sections.find(({ title }) => title === 'Clients')?.rows.length;
    expect([await clients('company'), await clients('contact')]).toEqual([0, 2]);
    const met = (await findLife(tx, company(42), now))?.sections.find(({ title }) => title === 'Identifiers that link nobody');
    expect(met?.rows.map(({ identifier }) => identifier)).toEqual(['email c30000000000…']);
    await sql`update client_resolution set spans = jsonb_set(spans, '{0,goal}', '"company"') where spans <> '[]'`.execute(tx);
  });
});

describe('the life of a client', () => {
  it('says whose it is, and by which way', async () => {
    const life = await findLife(db, { kind: 'client', id: ann }, now);
    expect(life?.verdict).toBe('It is company 42’s. Not passed: domain that is a free-mail domain (1).');
    expect(life?.sections[0]?.rows).toEqual([
      {
        ...{ candidate: 'company 42', 'belongs to': 'company 42’s', when: 'always', hops: '2', confidence: '0.9' },
        'by way of': 'client > email a10000000000… (lead) > company 42 (crm)',
      },
    ]);
    expect(life?.sections.find(({ title }) => title === 'Clicks and visits')?.rows).toHaveLength(1);
  });

  it('with several candidates alike names each', async () => {
    const life = await findLife(db, { kind: 'client', id: bob }, now);
    expect(life?.verdict).toContain('nobody’s: company 42, company 43 are alike');
    expect(life?.sections[0]?.rows.map(({ candidate: named }) => named)).toEqual(['company 42', 'company 43']);
  });

  it('that was refused says where the search ended', async () => {
    expect((await findLife(db, { kind: 'client', id: kiosk }, now))?.verdict).toMatch(
      /^It is nobody’s.*email that is a role mailbox \(1\)/,
    );
  });

  it('is told where only its visits are known, and not where nothing is', async () => {
    expect((await findLife(db, { kind: 'client', id: stranger }, now))?.verdict).toMatch(/^It is nobody’s: no link/);
    expect(await findLife(db, { kind: 'client', id: uuid(99) }, now)).toBeNull();
  });
});

it('no life has an address, the whole hash of one, or a click id', async () => {
  const subjects: Subject[] = [company(42), { kind: 'contact', id: 7 }, { kind: 'client', id: ann }, { kind: 'client', id: kiosk }];
  const lives = JSON.stringify(await Promise.all(subjects.map((subject) => findLife(db, subject, now))));
  expect(lives).not.toMatch(/[^\s"]@|[0-9a-f]{64}/);
  expect(lives).not.toContain(secretClick);
});

describe('the console', () => {
  it('has what waits, is due, overdue and failing', async () => {
    expect(await findRecalculations(db)).toMatchObject({
      ...{ waiting: 3, due: 2, overdue: 1, failing: 1 },
      failures: [{ kind: 'company', entity: '42', attempts: 6, problem: 'numeric field overflow' }],
    });
  });

  it('has the computations of today by step, of all kinds together', async () => {
    expect((await findRecalculations(db)).today).toEqual([
      { step: 0, succeeded: 7, changed: 3, failed: 1, meanLateMs: 100, mostLateMs: 350 },
      { step: 1, succeeded: 5, changed: 0, failed: 0, meanLateMs: 0, mostLateMs: 0 },
    ]);
  });

  it('counts the clients that are ambiguous or met what links nobody', async () => {
    expect(await findUnresolved(db)).toEqual([
      { type: null, reason: 'belong to several alike', clients: 1 },
      { type: 'domain', reason: 'is a free-mail domain', clients: 1 },
      { type: 'email', reason: 'is a role mailbox', clients: 1 },
    ]);
  });

  it.each([
    ['/', '', 'numeric field overflow'],
    ['/api/attribution', '', '"overdue":1'],
    ['/life', `?of=client+${ann}`, 'company 42’s'],
    ['/api/events', `?client=${ann}`, 'company 42’s'],
  ])('answers %s%s', async (route, query, words) => {
    const routes = buildRoutes(db, { label: undefined, clock: { now: () => now } });
    const answer = await routes[`GET ${route}`]?.({ url: new URL(`http://hub${route}${query}`), body: '' });
    expect(answer?.status).toBe(200);
    expect(typeof answer?.body === 'string' ? answer.body : JSON.stringify(answer?.body)).toContain(words);
  });
});
