import { type Conversion, conversionSchema } from '@waybill/shared/conversion';
import { buildConversion, Chance } from '@waybill/shared/testing';

/** The stand-ins' clock stands here. */
export const platformAt = '2026-11-20T12:00:00.000Z';
const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const at = (ms: number): string => new Date(Date.parse(platformAt) + ms).toISOString();
const goodAt = at(-2 * 60 * minuteMs);
const clickedAt = at(-dayMs);

interface Manner {
  account: string;
  action: string;
  /** The sender's clock: so far from the platform's that what is bad passes every check but the platform's. */
  clockAt: string;
  badAt: string;
  /** The code of a row that the platform refuses. */
  badCode: string;
  expiredAt: string;
  expiredCode: string;
  clickOf(seed: number, n: number): Conversion['click'];
}

const ahead = { clockAt: at(10 * minuteMs), badAt: at(5 * minuteMs) };
const hex = (number: number, length: number): string => number.toString(16).padStart(length, '0');
const isLong = { expiredAt: at(-100 * dayMs), expiredCode: 'CONVERSION_TOO_OLD' };

/** How conversions of each platform are good, bad for the platform alone, and too old for anybody. */
export const manners: Record<string, Manner> = {
  google: {
    ...{ account: '3625606301', action: '987650005', ...ahead, badCode: 'EVENT_TIME_INVALID', ...isLong },
    clickOf: (seed, n) => ({ kind: 'gclid', id: `Cj0KCQ_chaos_${seed}_${n}`, clickedAt }),
  },
  facebook: {
    // Meta names no row; a time that only its clock calls too old has a code of its own.
    ...{
      account: '1459709444231724',
      action: 'Purchase',
      clockAt: at(-10 * minuteMs),
      badAt: at(-7 * dayMs - 5 * minuteMs),
      badCode: '100/2804003',
    },
    ...{ expiredAt: at(-30 * dayMs), expiredCode: 'EVENT_TOO_OLD' },
    clickOf: (seed, n) => ({ kind: 'fbclid', id: `IwAR0_chaos_${seed}_${n}`, clickedAt: at(-8 * dayMs) }),
  },
  bing: {
    ...{ account: '140000001', action: 'Paid', ...ahead, badCode: '5614', ...isLong },
    clickOf: (seed, n) => ({ kind: 'msclkid', id: `${hex(seed, 16)}${hex(n, 16)}`, clickedAt }),
  },
  linkedin: {
    ...{ account: '510000001', action: '21000004', ...ahead, badCode: 'FIELD_INVALID', ...isLong },
    clickOf: () => null,
  },
};

export type Nature = 'good' | 'bad' | 'expired';

export interface Planned {
  conversion: Conversion;
  nature: Nature;
  /** The same event id with another value; whichever is claimed first is the one. */
  rival: Conversion | null;
}

/** A message that goes out at once, later, or again in the middle. */
export interface Delivery {
  platform: string;
  payload: string;
}

export type Action =
  | { kind: 'kill'; service: string }
  | { kind: 'fault'; platform: string; fault: { kind: string; times: number; ms?: number } }
  | { kind: 'postgres-restart' }
  | { kind: 'postgres-vanishes'; ms: number }
  | { kind: 'postgres-cut' }
  | { kind: 'pubsub-kill' }
  | { kind: 'publish'; deliveries: Delivery[] };

/** What happens when so large a share of the conversions is settled. */
export interface Step {
  at: number;
  action: Action;
}

export interface World {
  seed: number;
  planned: Planned[];
  malformed: Delivery[];
  first: Delivery[];
  schedule: Step[];
}

/** The n-th conversion of a seed, of the given nature. */
export function inventConversion(seed: number, platform: string, n: number, nature: Nature): Conversion {
  const manner = manners[platform] as Manner;
  const occurredAt = { good: goodAt, bad: manner.badAt, expired: manner.expiredAt }[nature];
  const click = manner.clickOf(seed, n);
  return buildConversion({
    ...{ platform, account: manner.account, action: manner.action, conversionType: `${platform}.paid`, occurredAt },
    eventId: `cv_chaos${seed}${platform}${n}`,
    // A click of the far past for what happened then, so that nothing else is wrong with it.
    click: click === null || nature === 'good' ? click : { ...click, clickedAt: new Date(Date.parse(occurredAt) - dayMs).toISOString() },
    value: { amount: `${1 + (n % 900)}.${hex(n % 10, 1)}5`, currency: 'USD' },
    person: { email: [hex(n, 64)], phone: [] },
    company: n + 1,
  });
}

function inventOne(chance: Chance, seed: number, platform: string, n: number): Planned {
  const nature: Nature = chance.oneIn(200) ? 'bad' : chance.oneIn(200) ? 'expired' : 'good';
  const conversion = inventConversion(seed, platform, n, nature);
  const rival = chance.oneIn(300) ? { ...conversion, value: { amount: '99999.00', currency: 'USD' } } : null;
  return { conversion, nature, rival };
}

const breakages: ((payload: string, chance: Chance) => string)[] = [
  (payload, chance) => payload.slice(0, 1 + chance.upTo(payload.length - 2)),
  (payload) => payload.replace('"occurredAt"', '"happenedAt"'),
  (payload) => payload.replace('"version":1', '"version":99'),
  () => 'not json',
  () => '[]',
];

/** Messages that cannot be read, whatever was done to them. */
function inventMalformed(chance: Chance, of: Planned[]): Delivery[] {
  return of
    .map(({ conversion }) => ({
      platform: conversion.platform,
      payload: chance.pick(breakages)(JSON.stringify({ ...conversion, eventId: `${conversion.eventId}x` }), chance),
    }))
    .filter(({ payload }) => !isReadable(payload));
}

function isReadable(payload: string): boolean {
  try {
    return conversionSchema.safeParse(JSON.parse(payload)).success;
  } catch {
    return false;
  }
}

const faults = [
  'reset-before',
  'reset-after-accept',
  'html',
  'server-error',
  'latency',
  'slow-trickle',
  'throttled',
  'expired-token',
  'unknown-code',
];

function inventSchedule(chance: Chance, platforms: string[], services: string[], later: Delivery[], again: Delivery[]): Step[] {
  const draws: (() => Action)[] = [
    () => ({ kind: 'kill', service: chance.pick(services) }),
    () => ({ kind: 'kill', service: chance.pick(services) }),
    () => ({
      kind: 'fault',
      platform: chance.pick(platforms),
      fault: { kind: chance.pick(faults), times: 1 + chance.upTo(4), ms: 500 + chance.upTo(1_500) },
    }),
    () => ({
      kind: 'fault',
      platform: chance.pick(platforms),
      fault: { kind: chance.pick(faults), times: 1 + chance.upTo(4), ms: 500 + chance.upTo(1_500) },
    }),
    () => ({ kind: 'postgres-restart' }),
    () => ({ kind: 'postgres-vanishes', ms: 1_000 + chance.upTo(3_000) }),
    () => ({ kind: 'postgres-cut' }),
    () => ({ kind: 'pubsub-kill' }),
  ];
  // Each kind at least once, and a few more of any.
  const actions = [...draws, ...Array.from({ length: 6 }, () => chance.pick(draws))].map((draw) => draw());
  const steps = actions.map((action): Step => ({ at: chance.unit() * 0.9, action }));
  steps.push({ at: 0.2 + chance.unit() * 0.3, action: { kind: 'publish', deliveries: later } });
  steps.push({ at: 0.3 + chance.unit() * 0.4, action: { kind: 'publish', deliveries: again } });
  return steps.sort((left, right) => left.at - right.at);
}

/** Everything that a seed decides: what is published in which order, and what goes wrong when. Pure: the same seed is the same world. */
export function inventWorld(seed: number, count: number, platforms: string[], services: string[]): World {
  const chance = new Chance(seed);
  const planned = Array.from({ length: count }, (_, n) => inventOne(chance, seed, platforms[n % platforms.length] as string, n));
  const malformed = inventMalformed(
    chance,
    planned.filter(() => chance.oneIn(400)),
  );
  const once = [
    ...planned.flatMap(({ conversion, rival }) =>
      [conversion, ...(rival === null ? [] : [rival])].map((one): Delivery => ({ platform: one.platform, payload: JSON.stringify(one) })),
    ),
    ...malformed,
  ];
  const doubled = once.filter(() => chance.oneIn(10));
  const shuffled = [...once, ...doubled]
    .map((delivery) => ({ delivery, place: chance.unit() }))
    .sort((left, right) => left.place - right.place);
  const first = shuffled.filter(({ place }) => place < 0.85).map(({ delivery }) => delivery);
  const later = shuffled.filter(({ place }) => place >= 0.85).map(({ delivery }) => delivery);
  const again = first.slice(Math.floor(first.length * 0.3), Math.floor(first.length * 0.4));
  return { seed, planned, malformed, first, schedule: inventSchedule(chance, platforms, services, later, again) };
}

/** An action in a few words. */
export function describeAction(action: Action): string {
  if (action.kind === 'kill') return `kill ${action.service}`;
  if (action.kind === 'fault') return `${action.fault.times} × ${action.fault.kind} on ${action.platform}`;
  return action.kind === 'publish' ? `publish ${action.deliveries.length}` : action.kind;
}
