import type { SessionStarted } from '@waybill/shared/messages';

interface ChannelRule {
  channel: string;
  /** Every condition must hold. */
  when: {
    anyClickId?: (keyof SessionStarted)[];
    source?: RegExp;
    medium?: RegExp;
    referrer?: RegExp;
  };
}

const paid = /^(cpc|ppc|paid|paid[-_ ]?(search|social)|paidsocial|paidsearch)$/i;
const meta = /^(facebook|fb|instagram|ig|meta)/i;

/**
 * The first rule that holds names the channel. A click id of Google or Microsoft comes from a paid click only; Meta appends fbclid to
 * organic links as well, so there the medium decides.
 */
export const channelRules: ChannelRule[] = [
  { channel: 'cpc-google', when: { anyClickId: ['gclid', 'wbraid', 'gbraid'] } },
  { channel: 'cpc-bing', when: { anyClickId: ['msclkid'] } },
  { channel: 'cpc-facebook', when: { source: meta, medium: paid } },
  { channel: 'cpc-google', when: { source: /^google/i, medium: paid } },
  { channel: 'cpc-bing', when: { source: /^(bing|microsoft)/i, medium: paid } },
  { channel: 'cpc-linkedin', when: { source: /^linkedin/i, medium: paid } },
  { channel: 'cpc-other', when: { medium: paid } },
  { channel: 'social-facebook', when: { anyClickId: ['fbclid'] } },
  { channel: 'email', when: { medium: /^(e-?mail|newsletter)$/i } },
  { channel: 'affiliate', when: { medium: /^(affiliate|partner)s?$/i } },
  { channel: 'social', when: { medium: /^social/i } },
  { channel: 'organic', when: { medium: /^organic$/i } },
  { channel: 'organic', when: { referrer: /^https?:\/\/([a-z]+\.)*(google|bing|duckduckgo|ecosia|yahoo|qwant)\.[a-z.]+\//i } },
  { channel: 'social', when: { referrer: /^https?:\/\/([a-z]+\.)*(facebook|instagram|linkedin|t|x|twitter|tiktok|youtube)\.(com|co)\//i } },
  { channel: 'referral', when: { referrer: /^https?:\/\// } },
];

const matches = (pattern: RegExp | undefined, text: string | null): boolean =>
  pattern === undefined || (text !== null && pattern.test(text));

/** The channel a session came by; `direct` where nothing tells. */
export function classifyChannel(session: SessionStarted): string {
  const rule = channelRules.find(
    ({ when }) =>
      (when.anyClickId === undefined || when.anyClickId.some((field) => session[field] !== null && session[field] !== '')) &&
      matches(when.source, session.utmSource) &&
      matches(when.medium, session.utmMedium) &&
      matches(when.referrer, session.referrer),
  );
  return rule?.channel ?? 'direct';
}
