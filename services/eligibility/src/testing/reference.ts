import { grantNeededIn } from '../candidates/consent.ts';
import { type ConversionType, clickRuleOf, type EventColumn, type MeasureName, scoreSourcesOf } from '../catalogue/index.ts';

type Events = Partial<Record<EventColumn, Date | null>>;
type Grant = 'granted' | 'denied' | 'unknown';

export interface Company extends Events {
  company: number;
  is_spam: boolean;
  is_legitimate: boolean;
  employees_range_min: number | null;
  employees_range_max: number | null;
  country: string | null;
  first_payment_value: string | null;
  first_payment_currency: string | null;
  refunded_at: Date | null;
}

export interface Contact extends Events {
  contact_id: number;
  company: number | null;
  is_spam: boolean;
  email: string | null;
  phone_number: string | null;
  phone_is_corrupted: boolean;
  country: string | null;
  consent_ad_user_data: Grant;
  consent_ad_personalization: Grant;
  lead_index: string | null;
}

export interface Visit {
  visit_id: number;
  company: number | null;
  contact: number | null;
  visited_at: Date;
  channel: string;
  gclid: string | null;
  wbraid: string | null;
  fbclid: string | null;
  msclkid: string | null;
}

export interface World {
  companies: Map<number, Company>;
  contacts: Map<number, Contact>;
  visits: Map<number, Visit>;
  companyScores: Map<number, { company: number; cp1: number; cp1_arpu: string; scored_at: Date }>;
  cpScores: Map<number, { contact_id: number; combined1: number; scored_at: Date }>;
  mergedScores: Map<number, { contact_id: number; cp1_signup_first_value: string; scored_at: Date }>;
  /** Company -> threshold -> when it was first reached; filled at each run. */
  reached: Map<number, Map<string, Date>>;
  heldSources: Set<string>;
}

export interface ReferenceDecision {
  reason: string;
  occurredAt: number;
  visit: number | null;
}

const hourMs = 3_600_000;
const before = (at: Date, hours: number): number => at.getTime() - hours * hourMs;

/** The measures that the reference knows, rounded as money and shares are. */
function measure(world: World, name: MeasureName, id: number): { value: number | null; currency: string | null; scoredAt: Date | null } {
  if (name === 'first-payment') {
    const company = world.companies.get(id);
    return {
      value: company?.first_payment_value == null ? null : Number(company.first_payment_value),
      currency: company?.first_payment_currency ?? null,
      scoredAt: null,
    };
  }
  if (name === 'lead-index') {
    const index = world.contacts.get(id)?.lead_index ?? null;
    return { value: index === null ? null : Number(index), currency: 'USD', scoredAt: null };
  }
  if (name === 'cp1' || name === 'cp1-times-arpu') {
    const score = world.companyScores.get(id);
    if (score === undefined) return { value: null, currency: 'USD', scoredAt: null };
    const value = name === 'cp1' ? score.cp1 : Math.round(score.cp1 * Number(score.cp1_arpu) * 100) / 100;
    return { value, currency: 'USD', scoredAt: score.scored_at };
  }
  if (name === 'combined1') {
    const score = world.cpScores.get(id);
    return { value: score?.combined1 ?? null, currency: 'USD', scoredAt: score?.scored_at ?? null };
  }
  if (name === 'cp1-signup-first') {
    const score = world.mergedScores.get(id);
    return {
      value: score === undefined ? null : Number(score.cp1_signup_first_value),
      currency: 'USD',
      scoredAt: score?.scored_at ?? null,
    };
  }
  throw new Error(`the reference does not know ${name}`);
}

/** Notes which thresholds the scores of now have reached for the first time. */
export function noteReached(world: World, types: ConversionType[]): void {
  for (const { trigger } of types) {
    if (trigger.kind !== 'threshold') continue;
    for (const company of world.companyScores.keys()) {
      const { value, scoredAt } = measure(world, trigger.measure, company);
      const known = world.reached.get(company) ?? new Map<string, Date>();
      const name = `${trigger.measure}>=${trigger.atLeast}`;
      if (value !== null && scoredAt !== null && value >= trigger.atLeast && !known.has(name)) known.set(name, scoredAt);
      world.reached.set(company, known);
    }
  }
}

const visitsOf = (world: World, type: ConversionType, id: number): Visit[] =>
  [...world.visits.values()].filter(
    (visit) =>
      (type.grain === 'company' ? visit.company : visit.contact) === id &&
      visit.channel.startsWith(clickRuleOf(type.platform).channelPrefix),
  );

/** When the type fires for the entity, if it is looked at now. */
function firesAt(world: World, type: ConversionType, id: number, now: Date): Date | null {
  const { trigger } = type;
  const events: Events | undefined = type.grain === 'company' ? world.companies.get(id) : world.contacts.get(id);
  const opens = before(now, type.lookbackHours);
  if (trigger.kind === 'event') {
    const times = trigger.of.map((column) => events?.[column] ?? null);
    if (times.some((at) => at === null)) return null;
    const at = new Date(Math.max(...times.map((time) => (time as Date).getTime())) + trigger.delayHours * hourMs);
    return at.getTime() > opens && at <= now ? at : null;
  }
  const hasClicked = visitsOf(world, type, id).some(({ visited_at }) => visited_at <= now && visited_at.getTime() > opens);
  if (!hasClicked) return null;
  if (trigger.kind === 'threshold') {
    const at = world.reached.get(id)?.get(`${trigger.measure}>=${trigger.atLeast}`) ?? null;
    return at !== null && at.getTime() > opens && at <= now ? at : null;
  }
  const { scoredAt } = measure(world, trigger.measure, id);
  const allHappened = trigger.after.every((column) => {
    const at = events?.[column] ?? null;
    return at !== null && at <= now;
  });
  return allHappened && scoredAt !== null && scoredAt <= now ? scoredAt : null;
}

function idOf(type: ConversionType, visit: Visit): string | null {
  for (const kind of clickRuleOf(type.platform).kinds) {
    const id = kind === 'gbraid' ? null : visit[kind];
    if (id !== null) return id;
  }
  return null;
}

/** The decision on one entity and type, told filter by filter; null where the type does not look at the entity. */
export function decideByReference(
  world: World,
  type: ConversionType,
  id: number,
  { now, scoresMaxAgeHours, hasDestination }: { now: Date; scoresMaxAgeHours: number; hasDestination: boolean },
): ReferenceDecision | null {
  const at = firesAt(world, type, id, now);
  if (at === null) return null;
  const contact = type.grain === 'contact' ? world.contacts.get(id) : undefined;
  const company = world.companies.get(type.grain === 'company' ? id : (contact?.company ?? -1));
  const speaker =
    type.grain === 'contact'
      ? contact
      : [...world.contacts.values()]
          .filter((one) => one.company === id && !one.is_spam)
          .sort((one, other) => one.contact_id - other.contact_id)[0];

  const opens = before(at, type.lookbackHours);
  const earlier = visitsOf(world, type, id)
    .filter(({ visited_at }) => visited_at < at)
    .map((visit) => {
      const click = idOf(type, visit);
      const isWellFormed = click !== null && new RegExp(clickRuleOf(type.platform).wellFormed).test(click);
      return { visit, click, isWellFormed, isInside: visit.visited_at.getTime() >= opens };
    });
  const rank = ({ click, isInside, isWellFormed, visit }: (typeof earlier)[number]): number[] => [
    Number(click !== null),
    Number(isInside),
    Number(isWellFormed),
    visit.visited_at.getTime(),
    visit.visit_id,
  ];
  const [best] = earlier.sort((one, other) => {
    const [left, right] = [rank(one), rank(other)];
    const place = left.findIndex((value, index) => value !== right[index]);
    return place === -1 ? 0 : (right[place] as number) - (left[place] as number);
  });
  const isUsable = best !== undefined && best.click !== null && best.isInside && best.isWellFormed;
  const decided = (reason: string): ReferenceDecision => ({ reason, occurredAt: at.getTime(), visit: best?.visit.visit_id ?? null });

  if ((type.grain === 'contact' && contact?.is_spam) || company?.is_spam) return decided('spam');
  if (company !== undefined && !company.is_legitimate) return decided('not-legitimate');
  if (type.value === 'first-payment' && company?.refunded_at != null) return decided('refunded');
  if (type.employees !== null) {
    const { employees_range_min: min = null, employees_range_max: max = null } = company ?? {};
    if (min === null || min < type.employees.least) return decided('outside-employees-range');
    if (type.employees.most !== null && (max === null || max > type.employees.most)) return decided('outside-employees-range');
  }
  if (scoreSourcesOf(type).some((source) => world.heldSources.has(source))) return decided('source-held');
  if (type.trigger.kind === 'score' && at.getTime() < before(now, scoresMaxAgeHours)) return decided('stale-score');
  if (type.value !== null) {
    const { value, currency } = measure(world, type.value, id);
    if (value === null || currency === null || (type.trigger.kind === 'score' && value <= 0)) return decided('no-value');
  }
  if (!hasDestination) return decided('no-destination');
  if (!isUsable && !(type.withoutClick && earlier.some(({ isInside }) => isInside))) {
    if (best === undefined || best.click === null) return decided('no-click');
    return decided(best.isInside ? 'malformed-click-id' : 'click-outside-window');
  }
  const { consent_ad_user_data: userData = 'unknown', consent_ad_personalization: personalization = 'unknown' } = speaker ?? {};
  if (userData === 'denied' || personalization === 'denied') return decided('consent-denied');
  if (grantNeededIn.includes((speaker?.country ?? company?.country ?? '').trim().toLowerCase()) && userData !== 'granted')
    return decided('consent-missing');
  if (type.needsGrant && userData !== 'granted') return decided('consent-not-granted');
  const canBeMatched = (speaker?.email ?? null) !== null || ((speaker?.phone_number ?? null) !== null && !speaker?.phone_is_corrupted);
  return decided(!isUsable && !canBeMatched ? 'no-identifiers' : 'eligible');
}
