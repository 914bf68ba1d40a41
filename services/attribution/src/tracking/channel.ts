/** Every channel that a visit can have. */
export const channels = [
  'cpc-google',
  'cpc-bing',
  'cpc-facebook',
  'cpc-linkedin',
  'cpc-other',
  'social-facebook',
  'social',
  'email',
  'affiliate',
  'organic',
  'referral',
  'direct',
] as const;
export type Channel = (typeof channels)[number];

const clickIds = ['gclid', 'wbraid', 'gbraid', 'fbclid', 'msclkid'] as const;

/** What a visit tells of where it came from. */
export type Marks = Record<(typeof clickIds)[number] | 'referrer' | 'utmSource' | 'utmMedium' | 'utmCampaign', string | null>;

interface ChannelRule {
  channel: Channel;
  /** Every condition must hold. */
  when: {
    anyClickId?: (typeof clickIds)[number][];
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
export function classifyChannel(marks: Marks): Channel {
  const rule = channelRules.find(
    ({ when }) =>
      (when.anyClickId === undefined || when.anyClickId.some((field) => (marks[field] ?? '').trim() !== '')) &&
      matches(when.source, marks.utmSource) &&
      matches(when.medium, marks.utmMedium) &&
      matches(when.referrer, marks.referrer),
  );
  return rule?.channel ?? 'direct';
}
