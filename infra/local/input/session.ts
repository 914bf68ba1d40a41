import type { SessionStarted } from '@waybill/shared/messages';

const nothing = { referrer: null, utmSource: null, utmMedium: null, utmCampaign: null } as const;
const noClick = { gclid: null, wbraid: null, gbraid: null, fbclid: null, fbp: null, fbc: null, msclkid: null } as const;

type Source = Partial<Pick<SessionStarted, 'referrer' | 'utmSource' | 'utmMedium' | 'utmCampaign' | keyof typeof noClick>>;

/** A tracked session with the marks that its source leaves; everything else is unknown. */
export const buildSession = (
  known: Pick<SessionStarted, 'sessionId' | 'clientId' | 'startedAt' | 'companies' | 'contacts'> & Partial<SessionStarted>,
  source: Source,
): SessionStarted => ({
  version: 1,
  kind: 'session-started',
  landingUrl: null,
  ipAddress: null,
  userAgent: null,
  ...nothing,
  ...noClick,
  ...source,
  ...known,
});

/** Shapes 32 hex digits as a UUID of version 8, the one for ids of one's own making (RFC 9562 §5.8). */
export function toUuid(hex: string): string {
  const variant = '89ab'[Number.parseInt(hex[16] ?? '0', 16) % 4];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
