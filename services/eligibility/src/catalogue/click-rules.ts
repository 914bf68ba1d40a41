import { broughtPlatforms } from './platform-folders.ts';

/** The platforms of the requirements. */
export const builtIn = ['google', 'facebook', 'bing'] as const;
export type BuiltIn = (typeof builtIn)[number];

/** Every platform, those that bring their types along after the others. */
export const platforms: readonly string[] = [...builtIn, ...broughtPlatforms.map(({ platform }) => platform)];

type ClickKind = 'gclid' | 'wbraid' | 'gbraid' | 'fbclid' | 'msclkid';

/** How a platform's clicks are found among visits. */
export interface ClickRule {
  channelPrefix: string;
  /** Click ids in order of preference: the first one that a visit has counts; none where the platform matches by people alone. */
  kinds: readonly ClickKind[];
  /** A cookie whose fourth part is the click id, for visits whose address has lost it; it is of the first kind. */
  cookie: 'fbc' | null;
  /** What a well-formed id looks like, as a regular expression that Postgres and JavaScript read alike. */
  wellFormed: string;
  /** How old a click may be when the conversion happens, where the type does not say. */
  lookbackHours: number;
}

const urlSafe = '^[A-Za-z0-9_-]{10,}$';

const builtInRules: Record<BuiltIn, ClickRule> = {
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

const rules = new Map<string, ClickRule>([
  ...Object.entries(builtInRules),
  ...broughtPlatforms.map(
    ({ platform, channelPrefix, lookbackDays }) =>
      [platform, { channelPrefix, kinds: [], cookie: null, wellFormed: urlSafe, lookbackHours: lookbackDays * 24 }] as const,
  ),
]);

/** The click rule of a platform of the catalogue. */
export function clickRuleOf(platform: string): ClickRule {
  const rule = rules.get(platform);
  if (rule === undefined) throw new Error(`There is no click rule of ${platform}`);
  return rule;
}
