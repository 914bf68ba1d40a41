import type { Conversion } from '@waybill/shared/conversion';

/** How one of Segment's destinations is set up for the bench. */
export interface PeerDestination {
  /** Its folder in `@segment/action-destinations`. */
  folder: string;
  action: string;
  /** The vendor's host, which is a constant of the library. */
  host: string;
  /** The library's own default; null where the action sends one event a call. */
  batchSize: number | null;
  settings(account: string): Record<string, string>;
  mapping: Record<string, unknown>;
}

export const peerVersion = '@segment/action-destinations 3.497.0';

/** A way to drive the peer to a platform. */
export interface PeerWay {
  name: string;
  /**
   * It copies each answer and reads the copy alone. The rest of an answer beyond what a stream buffers never comes then, and no deadline of
   * its own covers the body.
   */
  skipCloning: boolean;
  /** One batch is enough to see it. */
  hangs: boolean;
}

export const peerWays: Record<string, PeerWay[]> = {
  google: [
    { name: 'peer', skipCloning: false, hangs: true },
    { name: 'peer, skipResponseCloning', skipCloning: true, hangs: false },
  ],
  facebook: [{ name: 'peer', skipCloning: false, hangs: false }],
  bing: [{ name: 'peer', skipCloning: false, hangs: false }],
};

const at = (path: string) => ({ '@path': `$.${path}` });

export const peerDestinations: Record<string, PeerDestination> = {
  google: {
    folder: 'google-enhanced-conversions',
    action: 'uploadClickConversion2',
    host: 'googleads.googleapis.com',
    batchSize: 1_500,
    settings: (account) => ({ customerId: account }),
    mapping: {
      __segment_internal_sync_mode: 'add',
      ...{ conversion_action: at('properties.action'), gclid: at('properties.click'), conversion_timestamp: at('timestamp') },
      ...{ order_id: at('messageId'), value: at('properties.total'), currency: at('properties.currency') },
      ...{ email_address: at('context.traits.email'), ad_user_data_consent_state: 'GRANTED' },
    },
  },
  facebook: {
    folder: 'facebook-conversions-api',
    action: 'purchase2',
    host: 'graph.facebook.com',
    batchSize: null,
    settings: (account) => ({ pixelId: account }),
    mapping: {
      __segment_internal_sync_mode: 'add',
      ...{
        action_source: 'website',
        event_time: at('properties.seconds'),
        event_id: at('messageId'),
        event_source_url: at('context.page.url'),
      },
      ...{ value: at('properties.total'), currency: at('properties.currency') },
      user_data: {
        ...{ email: at('context.traits.email'), client_ip_address: at('context.ip'), client_user_agent: at('context.userAgent') },
        fbc: at('properties.fbc'),
      },
    },
  },
  bing: {
    folder: 'ms-bing-capi',
    action: 'sendEvent',
    host: 'capi.uet.microsoft.com',
    batchSize: 1_000,
    settings: () => ({ UetTag: '12345678', ApiToken: 'local', adStorageConsent: 'G' }),
    mapping: {
      data: {
        ...{ eventType: 'custom', eventId: at('messageId'), eventName: at('event'), eventTime: at('timestamp') },
        eventSourceUrl: at('context.page.url'),
      },
      userData: {
        ...{ em: at('context.traits.email'), clientIpAddress: at('context.ip'), clientUserAgent: at('context.userAgent') },
        msclkid: at('properties.click'),
      },
      customData: { value: at('properties.total'), currency: at('properties.currency'), transactionId: at('messageId') },
    },
  },
};

/** A conversion as the event that Segment's mappings read. */
export function toTrackEvent({ eventId, action, occurredAt, value, click, browser, person }: Conversion) {
  return {
    ...{ type: 'track', event: action, messageId: eventId, timestamp: occurredAt },
    context: {
      ...{ ip: browser.ipAddress, userAgent: browser.userAgent, page: { url: browser.sourceUrl } },
      traits: { email: person.email[0] },
    },
    properties: {
      ...{ action, click: click?.id, total: Number(value?.amount), currency: value?.currency },
      seconds: Date.parse(occurredAt) / 1_000,
      fbc: `fb.1.${Date.parse(click?.clickedAt ?? '')}.${click?.id}`,
    },
  };
}
