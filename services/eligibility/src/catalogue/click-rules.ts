/** The platforms whose clicks are known. */
export const platforms = ['google', 'facebook', 'bing'] as const;
export type PlatformName = (typeof platforms)[number];

type ClickKind = 'gclid' | 'wbraid' | 'gbraid' | 'fbclid' | 'msclkid';

/** How a platform's clicks are found among visits. */
export interface ClickRule {
  channelPrefix: string;
  /** Click ids in order of preference: the first one that a visit has counts. */
  kinds: readonly [ClickKind, ...ClickKind[]];
  /** A cookie whose fourth part is the click id, for visits whose address has lost it; it is of the first kind. */
  cookie: 'fbc' | null;
  /** What a well-formed id looks like, as a regular expression that Postgres and JavaScript read alike. */
  wellFormed: string;
  /** How old a click may be when the conversion happens, where the type does not say. */
  lookbackHours: number;
}

const urlSafe = '^[A-Za-z0-9_-]{10,}$';

export const clickRules: Record<PlatformName, ClickRule> = {
  google: { channelPrefix: 'cpc-google', kinds: ['gclid', 'wbraid', 'gbraid'], cookie: null, wellFormed: urlSafe, lookbackHours: 8 * 24 },
  facebook: { channelPrefix: 'cpc-facebook', kinds: ['fbclid'], cookie: 'fbc', wellFormed: urlSafe, lookbackHours: 7 * 24 },
  // 32 hex digits, bare or as a GUID, or in the two wrappings of the UET tag's cookie and wire form.
  bing: {
    channelPrefix: 'cpc-bing',
    kinds: ['msclkid'],
    cookie: null,
    wellFormed: '^(_uet)?([0-9A-Fa-f]{32}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})(-[01])?$',
    lookbackHours: 8 * 24,
  },
};
