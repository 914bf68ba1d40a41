import type { Database } from '@waybill/shared/db';
import type { SessionStarted } from '@waybill/shared/messages';
import { sql } from 'kysely';
import { classifyChannel } from './channel.ts';

const emptyToNull = (text: string | null): string | null => (text === null || text.trim() === '' ? null : text);

const toVisit = (session: SessionStarted) => ({
  session_id: session.sessionId,
  client_id: session.clientId,
  visited_at: session.startedAt,
  channel: classifyChannel(session),
  campaign: emptyToNull(session.utmCampaign),
  gclid: emptyToNull(session.gclid),
  wbraid: emptyToNull(session.wbraid),
  gbraid: emptyToNull(session.gbraid),
  fbclid: emptyToNull(session.fbclid),
  fbp: emptyToNull(session.fbp),
  fbc: emptyToNull(session.fbc),
  msclkid: emptyToNull(session.msclkid),
  ip_address: session.ipAddress,
  user_agent: session.userAgent,
  source_url: session.landingUrl,
});

interface Link {
  entity: number;
  session_id: string;
}

/** A session seen before keeps its first visit; links to companies and contacts are added, never taken away. */
async function saveLinks(
  tx: Database,
  table: 'company_interactions' | 'contact_interactions',
  entityColumn: string,
  links: Link[],
): Promise<void> {
  if (links.length === 0) return;
  await sql`
    insert into ${sql.table(table)} (${sql.ref(entityColumn)}, visit_id, interacted_at, channel)
    select l.entity, v.visit_id, v.visited_at, v.channel
    from unnest(${links.map(({ entity }) => entity)}::bigint[], ${links.map(({ session_id }) => session_id)}::uuid[]) as l (entity, session_id)
    join visits v on v.session_id = l.session_id
    order by l.entity, v.visit_id
    on conflict do nothing`.execute(tx);
}

/** Turns sessions into visits with their channel, and into interactions of the companies and contacts they are known to belong to; safe to repeat. */
export async function saveVisits(db: Database, sessions: SessionStarted[]): Promise<void> {
  const visits = [...new Map(sessions.map((session) => [session.sessionId, toVisit(session)])).values()];
  visits.sort((left, right) => (left.session_id < right.session_id ? -1 : 1));
  await db.transaction().execute(async (tx) => {
    await tx
      .insertInto('visits')
      .values(visits)
      .onConflict((conflict) => conflict.column('session_id').doNothing())
      .execute();
    const linksTo = (entities: (session: SessionStarted) => number[]): Link[] =>
      sessions.flatMap((session) => entities(session).map((entity) => ({ entity, session_id: session.sessionId })));
    await saveLinks(
      tx,
      'company_interactions',
      'company',
      linksTo(({ companies }) => companies),
    );
    await saveLinks(
      tx,
      'contact_interactions',
      'contact_id',
      linksTo(({ contacts }) => contacts),
    );
  });
}
