import { getDomain } from 'tldts';

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
type ClickId = (typeof clickIds)[number];

/** What a visit tells of where it came from. */
export type Marks = Record<ClickId | 'landingUrl' | 'referrer' | 'utmSource' | 'utmMedium' | 'utmCampaign', string | null>;

interface ChannelRule {
  channel: Channel;
  /** Every condition must hold; each looks at text in lower case. */
  when: {
    anyClickId?: ClickId[];
    source?: RegExp;
    medium?: RegExp;
    /** The host of another site, or `app:` and the id of an app. */
    referrer?: RegExp;
  };
}

const paid =
  /^(cp[aceilmpv]|ppc|paid([-_ ]?(search|social|display|video|shopping|media|ads?))?|re(targeting|marketing)|display|banner|interstitial|expandable)$/;
// Meta's macro {{site_source_name}} gives fb, ig, msg and an.
const meta = /^(www\.|m\.|l\.)?(facebook|instagram|messenger|(fb|ig|meta|msg|an)(ads?)?(?![a-z]))/;
const google = /^(www\.)?(google|adwords|youtube)/;
const microsoft = /^(www\.)?(bing|microsoft|msads|adcenter)/;
const linkedin = /^(www\.)?(linkedin|lnkd)/;
const otherPlatform =
  /^(www\.)?(tiktok|twitter|x(?![a-z])|reddit|pinterest|snapchat|quora|taboola|outbrain|criteo|capterra|g2(?![a-z0-9])|amazon)/;

const sites = (...names: string[]): RegExp => new RegExp(`^(app:|([a-z0-9-]+\\.)*)(${names.join('|')})$`);
const country = String.raw`\.(com?\.)?[a-z]{2,3}`;
const webmail = sites(
  ...[String.raw`mail\.google\.com`, String.raw`mail\.yahoo${country}`, String.raw`outlook\.(live|office|office365)\.com`],
  ...[String.raw`com\.google\.android\.gm`, String.raw`com\.microsoft\.office\.outlook`],
);
const search = new RegExp(
  [
    String.raw`^((www|m|encrypted|images|news|cse)\.)?google${country}$`,
    sites(
      ...[
        `bing${country}`,
        `(search\\.)?yahoo${country}`,
        `duckduckgo${country}`,
        `ecosia${country}`,
        `qwant${country}`,
        `baidu${country}`,
      ],
      ...[
        `yandex${country}`,
        String.raw`ya\.ru`,
        `startpage${country}`,
        String.raw`search\.brave\.com`,
        `seznam${country}`,
        `naver${country}`,
      ],
      ...[String.raw`kagi\.com`, String.raw`com\.google\.android\.googlequicksearchbox`],
    ).source,
  ].join('|'),
);
const social = sites(
  ...[String.raw`(facebook|instagram|linkedin|twitter|tiktok|youtube|reddit|messenger|whatsapp|snapchat|xing|vk|weibo|discord)\.com`],
  ...[String.raw`(t|x|fb)\.com?`, String.raw`lnkd\.in`, String.raw`youtu\.be`, String.raw`threads\.(net|com)`, String.raw`bsky\.app`],
  ...[`pinterest${country}`, String.raw`mastodon\.social`, String.raw`t\.me`],
  ...['facebook\\.katana', 'facebook\\.orca', 'instagram\\.android', 'linkedin\\.android', 'twitter\\.android', 'reddit\\.frontpage'].map(
    (id) => `com\\.${id}`,
  ),
);

/**
 * The first rule that holds names the channel. A click id of Google or Microsoft comes from a paid click only; Meta appends fbclid to
 * organic links as well, so there the medium decides.
 */
export const channelRules: ChannelRule[] = [
  { channel: 'cpc-google', when: { anyClickId: ['gclid', 'wbraid', 'gbraid'] } },
  { channel: 'cpc-bing', when: { anyClickId: ['msclkid'] } },
  { channel: 'cpc-facebook', when: { source: meta, medium: paid } },
  { channel: 'cpc-google', when: { source: google, medium: paid } },
  { channel: 'cpc-bing', when: { source: microsoft, medium: paid } },
  { channel: 'cpc-linkedin', when: { source: linkedin, medium: paid } },
  { channel: 'cpc-other', when: { source: otherPlatform, medium: paid } },
  { channel: 'cpc-facebook', when: { anyClickId: ['fbclid'], medium: paid } },
  { channel: 'cpc-other', when: { medium: paid } },
  { channel: 'social-facebook', when: { anyClickId: ['fbclid'] } },
  { channel: 'email', when: { medium: /^(e[-_ ]?mail|newsletter)$/ } },
  { channel: 'affiliate', when: { medium: /^(affiliate|partner)s?$/ } },
  { channel: 'social', when: { medium: /^(social|sm$)/ } },
  { channel: 'organic', when: { medium: /^organic$/ } },
  { channel: 'referral', when: { medium: /^(referral|app|link)$/ } },
  { channel: 'email', when: { referrer: webmail } },
  { channel: 'organic', when: { referrer: search } },
  { channel: 'social', when: { referrer: social } },
  { channel: 'referral', when: { referrer: /./ } },
  // A campaign's link from where nothing is told, such as a document: whoever followed it did not come by himself.
  { channel: 'email', when: { source: /^(e[-_ ]?mail|newsletter)$/ } },
  { channel: 'direct', when: { source: /^direct$/ } },
  { channel: 'referral', when: { source: /./ } },
];

/** What a page or an ad platform writes where it has nothing to say, such as a macro that nobody filled in. */
const placeholder = /^(null|undefined|nan|\((not set|not provided|none|direct)\)|\[object object\]|\$?\{.*\}|%7b.*%7d)$/i;

/** A mark without the blanks around it; null where it says nothing. */
export function readMark(mark: string | null): string | null {
  const text = mark?.trim() ?? '';
  return text === '' || placeholder.test(text) ? null : text;
}

/** The address of a web page; null where the text is none. */
export function readPage(text: string | null): URL | null {
  const url = URL.parse(text?.trim() ?? '');
  return url !== null && /^https?:$/.test(url.protocol) && url.hostname !== '' ? url : null;
}

const siteOf = (hostname: string): string => getDomain(hostname, { allowPrivateDomains: true }) ?? hostname;

/** The site or app that led to the visit; null where none is told, or it is the visited one itself. */
function readReferrer({ referrer, landingUrl }: Marks): string | null {
  const app = /^(?:android|ios)-app:\/\/([^/?#]+)/i.exec(referrer?.trim() ?? '')?.[1];
  if (app !== undefined) return `app:${app.toLowerCase()}`;
  const from = readPage(referrer);
  const to = readPage(landingUrl);
  if (from === null || (to !== null && siteOf(from.hostname) === siteOf(to.hostname))) return null;
  return from.hostname;
}

const matches = (pattern: RegExp | undefined, text: string | null): boolean =>
  pattern === undefined || (text !== null && pattern.test(text));

/** The channel a session came by; `direct` where nothing tells. */
export function classifyChannel(marks: Marks): Channel {
  const source = readMark(marks.utmSource)?.toLowerCase() ?? null;
  const medium = readMark(marks.utmMedium)?.toLowerCase() ?? null;
  const referrer = readReferrer(marks);
  const rule = channelRules.find(
    ({ when }) =>
      (when.anyClickId === undefined || when.anyClickId.some((field) => readMark(marks[field]) !== null)) &&
      matches(when.source, source) &&
      matches(when.medium, medium) &&
      matches(when.referrer, referrer),
  );
  return rule?.channel ?? 'direct';
}
