import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { channels, classifyChannel, type Marks, readMark } from './channel.ts';

const none: Marks = {
  ...{ landingUrl: 'https://www.waybill.example/pricing', referrer: null, utmSource: null, utmMedium: null, utmCampaign: null },
  ...{ gclid: null, wbraid: null, gbraid: null, fbclid: null, msclkid: null },
};
const utm = (utmSource: string | null, utmMedium: string | null, more: Partial<Marks> = {}): Partial<Marks> => ({
  utmSource,
  utmMedium,
  ...more,
});
const from = (referrer: string): Partial<Marks> => ({ referrer });

describe('the channel of a visit', () => {
  it.each<[string, Partial<Marks>, (typeof channels)[number]]>([
    ['nothing is known', {}, 'direct'],
    ['nothing is known, and said so in blanks', { ...utm('', ' '), referrer: '', gclid: ' ' }, 'direct'],
    [
      'the tracker writes what it does not know',
      { ...utm('(direct)', '(none)'), gclid: 'undefined', fbclid: 'null', msclkid: '{msclkid}' },
      'direct',
    ],
    ['a macro was not filled in', { ...utm('{{site_source_name}}', '{medium}'), gclid: '%7Bgclid%7D' }, 'direct'],
    ['the link says direct', utm('direct', null), 'direct'],

    ['a click of Google', { gclid: 'Cj0' }, 'cpc-google'],
    ['a click of Google in an app', { wbraid: 'Cl8' }, 'cpc-google'],
    ['a click of Google from an app', { gbraid: '0AAA' }, 'cpc-google'],
    ['a click of Microsoft', { msclkid: 'f894' }, 'cpc-bing'],
    ['the click id beats the link’s own word', { gclid: 'Cj0', ...utm('facebook', 'email') }, 'cpc-google'],
    ['the click id beats the site before', { msclkid: 'f894', referrer: 'https://www.google.com/' }, 'cpc-bing'],
    ['a click of Google that Facebook passed on', { gclid: 'Cj0', fbclid: 'IwAR' }, 'cpc-google'],

    ['a link that somebody posted on Facebook', { fbclid: 'IwAR' }, 'social-facebook'],
    ['a newsletter’s link that somebody posted on Facebook', { fbclid: 'IwAR', ...utm('newsletter', 'email') }, 'social-facebook'],
    ['an ad on Facebook', { fbclid: 'IwAR', ...utm('facebook', 'cpc') }, 'cpc-facebook'],
    ['an ad on Facebook, the click id cut off', utm('facebook', 'paid_social'), 'cpc-facebook'],
    ['an ad on Instagram as Meta’s macro names it', utm('ig', 'paidsocial'), 'cpc-facebook'],
    ['an ad in Messenger as Meta’s macro names it', utm('msg', 'paid'), 'cpc-facebook'],
    ['an ad on Facebook as its host', utm('m.facebook.com', 'cpc'), 'cpc-facebook'],
    ['an ad of Meta under a name of one’s own', { fbclid: 'IwAR', ...utm('prospecting', 'paid-social') }, 'cpc-facebook'],
    ['an ad on LinkedIn that somebody posted on Facebook', { fbclid: 'IwAR', ...utm('linkedin', 'cpc') }, 'cpc-linkedin'],
    ['an ad on TikTok that somebody posted on Facebook', { fbclid: 'IwAR', ...utm('tiktok', 'cpc') }, 'cpc-other'],
    ['an ad at a site whose name begins as Meta’s', utm('metacritic', 'cpc'), 'cpc-other'],
    ['an ad at a site whose name begins as Instagram’s', utm('ignite', 'cpc'), 'cpc-other'],
    ['a post on Facebook', utm('facebook', 'social'), 'social'],

    ['an ad on Google', utm('google', 'cpc'), 'cpc-google'],
    ['an ad on Google in capitals', utm(' GOOGLE ', 'CPC'), 'cpc-google'],
    ['an ad on Google as banner', utm('google', 'display'), 'cpc-google'],
    ['an ad on Google’s YouTube', utm('youtube', 'cpv'), 'cpc-google'],
    ['an ad on Bing', utm('bing', 'ppc'), 'cpc-bing'],
    ['an ad on Microsoft’s network', utm('MicrosoftAds', 'paid search'), 'cpc-bing'],
    ['an ad on LinkedIn', utm('linkedin', 'paid-social'), 'cpc-linkedin'],
    ['an ad elsewhere', utm('capterra', 'cpc'), 'cpc-other'],
    ['an ad of nobody', utm(null, 'cpc'), 'cpc-other'],
    ['a banner', utm('some-site', 'banner'), 'cpc-other'],
    ['an ad shown again', utm('criteo', 'retargeting'), 'cpc-other'],

    ['a newsletter', utm('newsletter', 'email'), 'email'],
    ['a newsletter, written otherwise', utm('spring', 'E-Mail'), 'email'],
    ['a newsletter by its source', utm('newsletter', null), 'email'],
    ['a partner', utm('acme', 'affiliates'), 'affiliate'],
    ['a post', utm('x', 'social-media'), 'social'],
    ['a search, as the tracker says', utm('google', 'organic'), 'organic'],
    ['a site, as the tracker says', utm('acme.example', 'referral'), 'referral'],
    ['a link with a source and no more', utm('handbook', null), 'referral'],
    ['a link with a source, opened from a search', { ...utm('handbook', null), referrer: 'https://www.google.com/' }, 'organic'],

    ['Google', from('https://www.google.com/'), 'organic'],
    ['Google without a path', from('https://www.google.com'), 'organic'],
    ['Google with its port', from('https://www.google.com:443/'), 'organic'],
    ['Google in Britain', from('https://www.google.co.uk/search?q=waybill'), 'organic'],
    ['Google in Brazil', from('https://google.com.br/'), 'organic'],
    ['Google in Germany', from('http://www.google.de/'), 'organic'],
    ['Google’s app', from('android-app://com.google.android.googlequicksearchbox/'), 'organic'],
    ['another Yahoo', from('https://uk.search.yahoo.com/'), 'organic'],
    ['Brave', from('https://search.brave.com/'), 'organic'],
    ['Yandex', from('https://yandex.com.tr/'), 'organic'],
    ['a site that would like to be Google', from('https://www.google.attack.example/'), 'referral'],
    ['a document at Google', from('https://docs.google.com/document/d/1'), 'referral'],
    ['a mailbox at Google', from('https://mail.google.com/'), 'email'],
    ['a mailbox in Google’s app', from('android-app://com.google.android.gm'), 'email'],
    ['a mailbox at Microsoft', from('https://outlook.live.com/mail/0/'), 'email'],
    ['Facebook', from('https://l.facebook.com/'), 'social'],
    ['LinkedIn', from('https://www.linkedin.com/feed/'), 'social'],
    ['LinkedIn’s app', from('android-app://com.linkedin.android/'), 'social'],
    ['a link of X', from('https://t.co/abc'), 'social'],
    ['Reddit', from('https://out.reddit.com/'), 'social'],
    ['a site whose name ends as X’s', from('https://www.netflix.com/'), 'referral'],
    ['another site', from('https://blog.acme.example/best-tools'), 'referral'],
    ['another app', from('android-app://com.slack/'), 'referral'],

    ['one’s own page', from('https://www.waybill.example/'), 'direct'],
    ['one’s own other host', from('https://blog.waybill.example/post'), 'direct'],
    ['one’s own host in capitals', from('HTTPS://WWW.Waybill.Example/'), 'direct'],
    ['a site whose name ends as one’s own', from('https://notwaybill.example/'), 'referral'],
    ['one’s own page, by a link with a source', { referrer: 'https://www.waybill.example/', ...utm('google', 'cpc') }, 'cpc-google'],
    ['a neighbour below a public suffix', { referrer: 'https://acme.co.uk/', landingUrl: 'https://waybill.co.uk/' }, 'referral'],
    [
      'a neighbour at the same host of pages',
      { referrer: 'https://acme.github.io/', landingUrl: 'https://waybill.github.io/' },
      'referral',
    ],
    ['one’s own page at an IP address', { referrer: 'http://203.0.113.7/', landingUrl: 'http://203.0.113.7:8080/' }, 'direct'],
    ['a site, where the visited page is not told', { referrer: 'https://www.waybill.example/', landingUrl: null }, 'referral'],
    ['what is no address', from('somewhere'), 'direct'],
    ['a page of the browser’s own', from('about:blank'), 'direct'],
    ['a file', from('file:///C:/links.html'), 'direct'],
  ])('%s', (_, marks, channel) => {
    expect(classifyChannel({ ...none, ...marks })).toBe(channel);
  });
});

const telling = [
  ...[
    'google',
    'facebook',
    'ig',
    'bing',
    'linkedin',
    'newsletter',
    'cpc',
    'paid-social',
    'email',
    'organic',
    'display',
    'referral',
    '(none)',
  ],
  ...[
    'https://www.google.com/',
    'https://t.co/x',
    'android-app://com.slack/',
    'https://blog.waybill.example/',
    'https://acme.example/',
    'IwAR0',
  ],
];
const mark = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...telling) }, fc.string({ unit: 'binary' }), fc.webUrl(), fc.constant(null));
const anyMarks = fc.record(Object.fromEntries(Object.keys(none).map((name) => [name, mark]))) as unknown as fc.Arbitrary<Marks>;

describe('any marks', () => {
  it('give one of the channels', () => {
    fc.assert(fc.property(anyMarks, (marks) => channels.includes(classifyChannel(marks))));
  });

  it('give the same whatever the order of their names, the case of what a link says and the blanks around it', () => {
    fc.assert(
      fc.property(anyMarks, fc.constantFrom('', ' ', '\t', '\n '), (marks, blank) => {
        const pad = (text: string | null) => (text === null ? null : `${blank}${text}${blank}`);
        // Of other letters some change when they are written large and small again.
        const upper = (text: string | null) => (text === null || /[^ -~]/.test(text) ? text : text.toUpperCase());
        const padded = Object.fromEntries(Object.entries(marks).map(([name, text]) => [name, pad(text)])) as Marks;
        const otherwise = {
          ...padded,
          utmSource: upper(padded.utmSource),
          utmMedium: upper(padded.utmMedium),
          utmCampaign: upper(padded.utmCampaign),
        };
        const reversed = Object.fromEntries(Object.entries(otherwise).reverse()) as Marks;
        expect(classifyChannel(reversed)).toBe(classifyChannel(marks));
      }),
    );
  });

  it('with a click id of Google are Google’s', () => {
    const named = fc.stringMatching(/^[A-Za-z0-9_-]{5,40}$/).filter((id) => readMark(id) !== null);
    fc.assert(fc.property(anyMarks, named, (marks, gclid) => classifyChannel({ ...marks, gclid }) === 'cpc-google'));
  });

  it('without a paid medium or click id are never paid', () => {
    fc.assert(
      fc.property(anyMarks, (marks) => {
        const unpaid = { ...marks, gclid: null, wbraid: null, gbraid: null, msclkid: null, utmMedium: null };
        return !classifyChannel(unpaid).startsWith('cpc-');
      }),
    );
  });
});
