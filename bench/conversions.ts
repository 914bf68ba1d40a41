import type { Conversion } from '@waybill/shared/conversion';
import { buildConversion } from '@waybill/shared/testing';

/** The platforms' clock stands here; the senders' a little later, so that a bad row passes every check but the platform's. */
export const platformAt = '2026-11-20T12:00:00.000Z';
export const senderAt = '2026-11-20T12:10:00.000Z';
const goodAt = '2026-11-20T10:00:00.000Z';
const badAt = '2026-11-20T12:05:00.000Z';

export interface Load {
  platform: string;
  account: string;
  count: number;
  badShare: number;
  /** Tells the conversions of one run from those of another. */
  run: number;
}

const clicks: Record<string, { kind: string; id(run: number, n: number): string }> = {
  google: { kind: 'gclid', id: (run, n) => `Cj0KCQ_bench_${run}_${n}` },
  facebook: { kind: 'fbclid', id: (run, n) => `IwAR0_bench_${run}_${n}` },
  bing: { kind: 'msclkid', id: (run, n) => `${run.toString(16).padStart(16, '0')}${n.toString(16).padStart(16, '0')}` },
};

/** The platforms that a load can be made for: those that the peer sends to as well. */
export const loadable = new Set(Object.keys(clicks));

export const isBad = ({ occurredAt }: Conversion): boolean => occurredAt === badAt;
export const clickIdOf = ({ click }: Conversion): string => click?.id ?? '';

/** The n-th conversion of a load: the same in whatever process it is asked for. */
export function inventConversion({ platform, account, badShare, run }: Load, n: number): Conversion {
  const { kind, id } = clicks[platform] as (typeof clicks)[string];
  const every = badShare === 0 ? Number.POSITIVE_INFINITY : Math.round(1 / badShare);
  return buildConversion({
    ...{ platform, account, conversionType: `${platform}.paid`, action: platform === 'google' ? '987650005' : 'Purchase' },
    eventId: `cv_bench${run}${platform}${n}`,
    occurredAt: n % every === every - 1 ? badAt : goodAt,
    click: { kind, id: id(run, n), clickedAt: '2026-11-19T09:00:00.000Z' },
    person: { email: ['a'.repeat(64)], phone: [] },
    browser: { fbp: null, fbc: null, ipAddress: '198.51.100.7', userAgent: 'Mozilla/5.0', sourceUrl: 'https://www.example.com/' },
  });
}

export const inventConversions = (load: Load): Conversion[] => Array.from({ length: load.count }, (_, n) => inventConversion(load, n));
