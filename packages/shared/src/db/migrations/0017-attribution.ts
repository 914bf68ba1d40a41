import { type Kysely, sql } from 'kysely';

/** From visits to companies and contacts: touchpoints, identifiers and their links, who a client is, and the touches that count. Attribution writes them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  // Of two contents of one session the earlier counts, and of two of one instant that with the smaller hash: whichever came first.
  await sql`alter table bi.visits add column content_hash text not null default ''`.execute(db);
  await sql`create index visits_by_client on bi.visits (client_id)`.execute(db);
  await sql`
    create table bi.interaction_touchpoints (
      touchpoint_id uuid not null,
      kind text not null check (kind in ('visit', 'lead', 'signup')),
      client_id uuid not null,
      session_id uuid,
      email_sha256 text,
      occurred_at timestamptz(3) not null,
      channel text,
      campaign text,
      surface text not null check (surface in ('web', 'ios', 'android')),
      form text,
      content_hash text not null,
      primary key (touchpoint_id, kind)
    )`.execute(db);
  await sql`create index interaction_touchpoints_by_client on bi.interaction_touchpoints (client_id)`.execute(db);
  // Known: the tracker or the CRM said so of the session itself; the others follow from identity links, and go with them.
  for (const table of ['company_interactions', 'contact_interactions']) {
    await sql`alter table ${sql.table(`bi.${table}`)} add column is_known boolean not null default true`.execute(db);
  }

  await sql`
    create table bi.identity_node (
      node_id bigint generated always as identity primary key,
      type text not null check (type in ('client', 'email', 'domain', 'contact', 'company')),
      value text not null,
      blocked text,
      unique (type, value)
    )`.execute(db);
  // An edge goes from the person's side to the company's; an unlink that comes before its link leaves a row without linked_at.
  await sql`
    create table bi.identity_edge (
      from_node bigint not null references bi.identity_node,
      to_node bigint not null references bi.identity_node,
      source text not null,
      linked_at timestamptz(3),
      first_linked_at timestamptz(3),
      unlinked_at timestamptz(3),
      confidence real not null default 1,
      is_primary boolean not null default false,
      valid_from timestamptz(3),
      valid_to timestamptz(3),
      event_id uuid,
      unlink_event_id uuid,
      is_active boolean not null generated always as (linked_at is not null and (unlinked_at is null or linked_at > unlinked_at)) stored,
      primary key (from_node, to_node, source)
    )`.execute(db);
  await sql`create index identity_edge_by_end on bi.identity_edge (to_node)`.execute(db);
  for (const [view, high, highColumn, low, lowColumn] of [
    ['company_to_client_id', 'company', 'company', 'client', 'client_id'],
    ['company_to_email', 'company', 'company', 'email', 'email_sha256'],
    ['email_to_client_id', 'email', 'email_sha256', 'client', 'client_id'],
  ]) {
    await sql`
      create view ${sql.table(`bi.${view}`)} as
      select distinct h.value as ${sql.ref(highColumn as string)}, l.value as ${sql.ref(lowColumn as string)}
      from bi.identity_edge e
      join bi.identity_node l on l.node_id = e.from_node and l.type = ${sql.lit(low)}
      join bi.identity_node h on h.node_id = e.to_node and h.type = ${sql.lit(high)}
      where e.is_active`.execute(db);
  }
  await sql`
    create table bi.client_resolution (
      client_id uuid primary key,
      spans jsonb not null,
      refusals jsonb not null,
      version bigint not null,
      resolved_at timestamptz(3) not null
    )`.execute(db);

  await sql`create sequence bi.attribution_version`.execute(db);
  // Whoever computes an entity holds its row: versions rise in the order in which facts were read.
  await sql`
    create table bi.attribution_state (
      kind text not null check (kind in ('client', 'company', 'contact')),
      entity text not null,
      version bigint not null,
      computed_at timestamptz(3) not null,
      primary key (kind, entity)
    )`.execute(db);
  for (const [table, column] of [
    ['company_profile_attribution', 'company'],
    ['company_profile_attribution_last', 'company'],
    ['company_profile_attribution_first_limited', 'company'],
    ['contact_profile_attribution_first', 'contact_id'],
  ] as const) {
    await sql`
      create table ${sql.table(`bi.${table}`)} (
        ${sql.ref(column)} bigint primary key,
        session_id uuid not null,
        visit_id bigint not null,
        touched_at timestamptz(3) not null,
        channel text not null,
        campaign text,
        touches integer not null,
        model text not null,
        model_version text not null,
        version bigint not null,
        computed_at timestamptz(3) not null
      )`.execute(db);
  }
  await sql`
    create table bi.attribution_change (
      change_id bigint generated always as identity primary key,
      kind text not null check (kind in ('company', 'contact')),
      entity bigint not null,
      version bigint not null,
      changed_at timestamptz(3) not null,
      before jsonb not null,
      after jsonb not null,
      causes jsonb not null
    )`.execute(db);
  await sql`create index attribution_change_by_entity on bi.attribution_change (kind, entity, changed_at)`.execute(db);

  await sql`
    create table bi.attribution_recalculation (
      kind text not null check (kind in ('client', 'company', 'contact')),
      entity text not null,
      step smallint not null,
      triggered_at timestamptz(3) not null,
      triggers bigint not null,
      due_at timestamptz(3) not null,
      leased_until timestamptz(3),
      attempts integer not null,
      problem text,
      causes jsonb not null,
      primary key (kind, entity)
    )`.execute(db);
  await sql`create index attribution_recalculation_due on bi.attribution_recalculation (due_at)`.execute(db);
  await sql`
    create table bi.recalculation_figures (
      day date not null,
      kind text not null,
      step smallint not null,
      succeeded bigint not null,
      changed bigint not null,
      failed bigint not null,
      late_ms_total bigint not null,
      late_ms_most bigint not null,
      primary key (day, kind, step)
    )`.execute(db);
}
