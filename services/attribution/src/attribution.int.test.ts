import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Database } from '@waybill/shared/db';
import type { TrackingEvent } from '@waybill/shared/messages';
import { sql } from 'kysely';
import { useTestDatabase } from '../../../infra/local/use-test-database.ts';
import {
  buildLead,
  buildLink,
  buildSession,
  buildUnlink,
  end,
  forgetAll,
  hashState,
  passDelays,
  readState,
  recalculateAll,
} from './testing.ts';
import { saveEvents } from './tracking/save-events.ts';

let db: Database;
useTestDatabase(2, (opened) => {
  db = opened;
});
beforeEach(() => forgetAll(db));

const save = (...events: TrackingEvent[]) => saveEvents(db, events, new Set(['waybill.example']));
async function take(...events: TrackingEvent[]): Promise<void> {
  await save(...events);
  await recalculateAll(db);
}

const firsts = async () => {
  const { rows } = await sql<{ company: number; session: string; channel: string }>`
    select company, right(session_id::text, 2) as session, channel from company_profile_attribution order by company`.execute(db);
  return rows.map(({ company, session, channel }) => `${company}: ${session} ${channel}`);
};

const day = (n: number): string => new Date(Date.UTC(2026, 10, n, 12)).toISOString();

describe('identity', () => {
  it('a session is its company’s by the address of a form and the link of the CRM, whichever came first', async () => {
    await take(buildSession(1, 9, day(1), { gclid: 'Cj0' }), buildLead(2, 9, 'Ann@Acme.example', day(2)));
    expect(await firsts()).toEqual([]);
    await take(buildLink(3, end.email('ann@acme.example'), end.company(42), day(3)));
    expect(await firsts()).toEqual(['42: 01 cpc-google']);
  });

  it('a late session before the first touch moves the first touch', async () => {
    await take(buildLead(2, 9, 'ann@acme.example', day(2), { company: 42 }), buildSession(5, 9, day(5)));
    await take(buildSession(1, 9, day(1), { msclkid: 'ab' }));
    expect(await firsts()).toEqual(['42: 01 cpc-bing']);
  });

  it('a link that is taken back leaves the state as it was before it', async () => {
    await take(buildSession(1, 9, day(1)), buildLead(2, 9, 'ann@acme.example', day(2)), buildSession(3, 8, day(3), { companies: [42] }));
    const before = await readState(db);
    const link = buildLink(4, end.email('ann@acme.example'), end.company(42), day(4));
    await take(link);
    expect(await firsts()).toEqual(['42: 01 direct']);
    await take(buildUnlink(5, link, day(5)));
    const after = (await readState(db)) as Record<string, unknown>;
    // What is kept is that there was a link, and that it is none.
    expect({ ...after, nodes: 0, edges: 0 }).toEqual({ ...(before as object), nodes: 0, edges: 0 });
  });

  it('a client of two companies alike is nobody’s, and both are kept', async () => {
    const [ann, bob] = [end.email('ann@acme.example'), end.email('bob@bolt.example')];
    await take(buildSession(1, 9, day(1)), buildLead(2, 9, 'ann@acme.example', day(2)), buildLead(3, 9, 'bob@bolt.example', day(2)));
    await take(buildLink(4, ann, end.company(42), day(4)), buildLink(5, bob, end.company(43), day(5)));
    expect(await firsts()).toEqual([]);
    const { rows } = await sql<{
      spans: { isAmbiguous: boolean; candidates: { entity: number }[] }[];
    }>`select spans from client_resolution`.execute(db);
    expect(rows[0]?.spans.map(({ isAmbiguous, candidates }) => [isAmbiguous, candidates.map(({ entity }) => entity)])).toEqual([
      [true, [42, 43]],
    ]);
  });

  it('a kiosk shared by 3,000 people merges nobody', async () => {
    const people = Array.from({ length: 3_000 }, (_, n) => n);
    const leads = people.flatMap((n) => [
      buildSession(10_000 + n, 20_000 + n, day(1)),
      buildLead(30_000 + n, 20_000 + n, `p${n}@c${n}.example`, day(2), {
        company: n + 1,
        sessionId: buildSession(10_000 + n, 0, day(1)).sessionId,
      }),
      buildLead(40_000 + n, 7, `p${n}@c${n}.example`, day(3), { sessionId: buildSession(10_000 + n, 0, day(1)).sessionId }),
    ]);
    await save(buildSession(1, 7, day(1)));
    for (let from = 0; from < leads.length; from += 500) await take(...leads.slice(from, from + 500));
    const { rows } = await sql<{ companies: number; touches: number; kiosk: number }>`
      select count(distinct company)::int as companies, count(*)::int as touches,
             (count(*) filter (where v.client_id = ${buildSession(1, 7, day(1)).clientId}))::int as kiosk
      from company_interactions join visits v using (visit_id)`.execute(db);
    expect(rows[0]).toEqual({ companies: 3_000, touches: 3_000, kiosk: 0 });
    const kiosk = await sql<{ refusals: { reason: string }[] }>`
      select refusals from client_resolution where client_id = ${buildSession(1, 7, day(1)).clientId}`.execute(db);
    expect(kiosk.rows[0]?.refusals.map(({ reason }) => reason)).toEqual(['is shared: it has more than 300 links']);
  }, 60_000);

  it('a contact that changes employer keeps the touches of each time with the company of that time', async () => {
    const ann = end.email('ann@mail.example');
    await take(
      buildSession(1, 9, day(1)),
      buildSession(5, 9, day(5)),
      buildLead(2, 9, 'ann@mail.example', day(2)),
      buildLink(3, ann, end.company(42), day(3), { validTo: day(4) }),
      buildLink(4, ann, end.company(43), day(4), { validFrom: day(4) }),
    );
    expect(await firsts()).toEqual(['42: 01 direct', '43: 05 direct']);
  });
});

it('a signup that the CRM tells later, or otherwise, ends the 28 days elsewhere', async () => {
  const limited = async () =>
    (
      await sql<{ session: string }>`select right(session_id::text, 2) as session from company_profile_attribution_first_limited`.execute(
        db,
      )
    ).rows;
  const signUpAt = async (at: string) => {
    await sql`insert into company_profile_meta_data (company, signup_at) values (42, ${at})
      on conflict (company) do update set signup_at = excluded.signup_at`.execute(db);
    await recalculateAll(db);
  };
  const long = new Date(Date.UTC(2026, 8, 1)).toISOString();
  await take(buildSession(1, 9, long, { companies: [42] }), buildSession(2, 9, day(1), { companies: [42] }));
  expect(await limited()).toEqual([{ session: '02' }]);
  await signUpAt(new Date(Date.UTC(2026, 8, 10)).toISOString());
  expect(await limited()).toEqual([{ session: '01' }]);
  await signUpAt(day(2));
  expect(await limited()).toEqual([{ session: '02' }]);
  // The same again concerns nobody.
  await passDelays(db);
  await recalculateAll(db);
  await passDelays(db);
  await recalculateAll(db);
  await sql`update company_profile_meta_data set updated_at = now()`.execute(db);
  expect((await sql`select from attribution_recalculation where kind = 'company'`.execute(db)).rows).toEqual([]);
});

describe('computing again', () => {
  it('after 6 and 30 minutes changes nothing, and ends', async () => {
    await take(buildSession(1, 9, day(1)), buildLead(2, 9, 'ann@acme.example', day(2), { company: 42 }));
    const state = await hashState(db);
    const waiting = async () =>
      (
        await sql<{ step: number; minutes: number }>`
      select step, round(extract(epoch from due_at - triggered_at) / 60)::int as minutes from attribution_recalculation order by kind`.execute(
          db,
        )
      ).rows;
    expect(await waiting()).toEqual([
      { step: 1, minutes: 6 },
      { step: 1, minutes: 6 },
    ]);
    await passDelays(db);
    await recalculateAll(db);
    expect((await waiting()).map(({ step, minutes }) => [step, minutes])).toEqual([
      [2, 30],
      [2, 30],
    ]);
    await passDelays(db);
    await recalculateAll(db);
    expect([await waiting(), await hashState(db)]).toEqual([[], state]);
  });

  it('finds nothing new where the tracker knows what the links say too', async () => {
    await take(buildSession(1, 9, day(1), { companies: [42] }), buildLead(2, 9, 'ann@acme.example', day(2), { company: 42 }));
    await passDelays(db);
    await recalculateAll(db);
    const { rows } = await sql<{ step: number }>`select step from attribution_recalculation where kind = 'company'`.execute(db);
    expect(rows).toEqual([{ step: 2 }]);
  });
});

describe('a change', () => {
  const changesOf = async (company: number) => {
    const { rows } = await sql<{
      before: Told;
      after: Told;
      causes: { added: { sessionId: string }[]; events: object[]; via: string | null }[];
    }>`
      select before, after, causes from attribution_change where kind = 'company' and entity = ${company} order by change_id`.execute(db);
    return rows.map(({ before, after, causes }) => ({
      from: before.first?.sessionId.slice(-2) ?? null,
      to: after.first?.sessionId.slice(-2) ?? null,
      added: causes.flatMap(({ added }) => added.map(({ sessionId }) => sessionId.slice(-2))),
      events: causes.flatMap(({ events }) => events),
      via: causes.map(({ via }) => via),
    }));
  };
  type Told = { first?: { sessionId: string } | null };

  it('names the touches that came or went, the event that brought them, and the way', async () => {
    const ann = end.email('ann@acme.example');
    const link = buildLink(4, ann, end.company(42), day(4));
    await take(
      buildSession(2, 9, day(2)),
      buildLead(3, 9, 'ann@acme.example', day(3), { sessionId: buildSession(2, 9, day(2)).sessionId }),
    );
    await take(link);
    await take(buildSession(1, 9, day(1)));
    await take(buildUnlink(5, link, day(5)));
    const way = expect.stringMatching(/^client 00000000-0000-4000-8000-000000000009 > email [0-9a-f]{12}… > company 42$/);
    const told = await changesOf(42);
    expect(told).toEqual([
      { from: null, to: '02', added: ['02'], events: expect.arrayContaining([{ source: 'crm', id: link.eventId }]), via: [way] },
      { from: '02', to: '01', added: ['01'], events: [{ source: 'session', id: buildSession(1, 9, day(1)).sessionId }], via: [way] },
      { from: '01', to: null, added: [], events: [{ source: 'crm, taken back', id: buildLink(5, ann, ann, day(5)).eventId }], via: [way] },
    ]);
  });

  it('names the event that took touches elsewhere, by a nearer way or because an identifier came to be shared', async () => {
    const ann = end.email('ann@acme.example');
    await take(
      buildSession(1, 9, day(1)),
      buildLead(2, 9, 'ann@acme.example', day(2), { sessionId: buildSession(1, 9, day(1)).sessionId }),
    );
    await take(buildLink(4, ann, end.company(42), day(4)));
    const nearer = buildLink(5, end.client(9), end.company(43), day(5));
    await take(nearer);
    expect((await changesOf(42)).at(-1)).toMatchObject({ from: '01', to: null, events: [{ source: 'crm', id: nearer.eventId }] });
    const others = Array.from({ length: 10 }, (_, n) => buildLink(20 + n, end.client(9), end.email(`p${n}@acme.example`), day(6)));
    await take(...others);
    const shared = (await changesOf(43)).at(-1);
    expect(shared).toMatchObject({ from: '01', to: null, events: [{ source: 'crm', id: others.at(-1)?.eventId }] });
    expect(shared?.via).toEqual([expect.stringContaining('is shared: it has more than 10 links to email')]);
  });
});
