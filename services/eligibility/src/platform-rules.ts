import type { ConversionType } from './catalogue.ts';

/** How a platform's clicks are found among visits. */
export interface ClickRule {
  channelPrefix: string;
  /** Click ids in order of preference: a visit's first one that is there counts. */
  kinds: readonly ('gclid' | 'wbraid' | 'gbraid' | 'fbclid' | 'msclkid')[];
  /** What a well-formed id looks like, as a Postgres regular expression. */
  wellFormed: string;
  /** Clicks and conversions older than this are not looked at. */
  windowHours: number;
}

const urlSafe = '^[A-Za-z0-9_-]{10,}$';

export const clickRules: Record<ConversionType['platform'], ClickRule> = {
  google: { channelPrefix: 'cpc-google', kinds: ['gclid', 'wbraid', 'gbraid'], wellFormed: urlSafe, windowHours: 8 * 24 },
  facebook: { channelPrefix: 'cpc-facebook', kinds: ['fbclid'], wellFormed: urlSafe, windowHours: 7 * 24 },
  // 32 hex digits, bare or as a GUID, or in the two wrappings of the UET tag's cookie and wire form.
  bing: {
    channelPrefix: 'cpc-bing',
    kinds: ['msclkid'],
    wellFormed: '^(_uet)?([0-9A-Fa-f]{32}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})(-[01])?$',
    windowHours: 8 * 24,
  },
};
