import { createHmac } from 'node:crypto';
import type { Logger } from '@waybill/shared/telemetry';
import sdk, { type EventRequest, type ServerEvent } from 'facebook-nodejs-business-sdk';
import type { FacebookSettings } from './config.ts';
import type { Credentials } from './credentials.ts';
import type { Reply } from './read-answer.ts';
import type { FacebookEvent } from './to-event.ts';

// Each EventRequest would make its token the whole process's and install a reporter of crashes to Meta. Neither happens: the token
// that the SDK sees is this word, and the real one is put on the wire by our own transport.
const noToken = 'carried-by-the-transport';
const quietApi = new sdk.FacebookAdsApi(noToken, 'en_US', false);
sdk.FacebookAdsApi.init = () => quietApi;

function toUserData({ user }: FacebookEvent) {
  const data = new sdk.UserData();
  if (user.emails.length > 0) data.setEmails(user.emails);
  if (user.phones.length > 0) data.setPhones(user.phones);
  if (user.firstName !== undefined) data.setFirstName(user.firstName);
  if (user.lastName !== undefined) data.setLastName(user.lastName);
  if (user.city !== undefined) data.setCity(user.city);
  if (user.state !== undefined) data.setState(user.state);
  if (user.zip !== undefined) data.setZip(user.zip);
  if (user.country !== undefined) data.setCountry(user.country);
  if (user.externalId !== undefined) data.setExternalId(user.externalId);
  if (user.fbc !== null) data.setFbc(user.fbc);
  if (user.fbp !== null) data.setFbp(user.fbp);
  if (user.ipAddress !== null) data.setClientIpAddress(user.ipAddress);
  if (user.userAgent !== null) data.setClientUserAgent(user.userAgent);
  return data;
}

/** https://developers.facebook.com/docs/marketing-api/conversions-api/conversion-leads-integration */
function toCustomData({ value, leadSource, orderId }: FacebookEvent) {
  if (value === null && leadSource === null && orderId === null) return null;
  const custom = new sdk.CustomData();
  if (orderId !== null) custom.setOrderId(orderId);
  if (value !== null) custom.setValue(value.amount).setCurrency(value.currency);
  return leadSource === null ? custom : custom.setCustomProperties({ event_source: 'crm', lead_event_source: leadSource });
}

function toServerEvent(event: FacebookEvent): ServerEvent {
  const built = new sdk.ServerEvent()
    .setEventName(event.eventName)
    .setEventId(event.eventId)
    .setEventTime(event.eventTime)
    .setActionSource(event.actionSource)
    .setUserData(toUserData(event));
  if (event.sourceUrl !== null) built.setEventSourceUrl(event.sourceUrl);
  const custom = toCustomData(event);
  if (custom !== null) built.setCustomData(custom);
  if (event.limitedDataUse === null) return built;
  if (event.limitedDataUse === 'off') return built.setDataProcessingOptions([]);
  const { country, state } = event.limitedDataUse;
  return built.setDataProcessingOptions(['LDU']).setDataProcessingOptionsCountry(country).setDataProcessingOptionsState(state);
}

/** The event in the SDK's form, or null where the SDK throws on one of its values; found out here, that costs no other event. */
function tryServerEvent(event: FacebookEvent): ServerEvent | null {
  try {
    const built = toServerEvent(event);
    built.normalize();
    return built;
  } catch {
    return null;
  }
}

const withoutNulls = (params: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(params).filter(([name, value]) => value !== null && value !== undefined && name !== 'access_token'));

type WireEvent = { user_data?: Record<string, unknown> };

/** Meta wants a lead id as a number, and it has more digits than a number of ours can hold. */
function withLeadIds(params: Record<string, unknown>, events: FacebookEvent[]): Record<string, unknown> {
  if (!Array.isArray(params.data) || events.every(({ user }) => user.leadId === undefined)) return params;
  const data = (params.data as WireEvent[]).map((event, index) => {
    const leadId = events[index]?.user.leadId;
    return leadId === undefined ? event : { ...event, user_data: { ...event.user_data, lead_id: JSON.rawJSON(leadId) } };
  });
  return { ...params, data };
}

/** Sends the events of one pixel in one request that ends within the deadline; its answer is not judged here. */
export type SendEvents = (pixel: string, credentials: Credentials, events: FacebookEvent[]) => Promise<Reply>;

export function connectGraph(settings: FacebookSettings, log: Logger): SendEvents {
  const base = `${settings.FACEBOOK_GRAPH_URL.replace(/\/+$/, '')}/${settings.FACEBOOK_GRAPH_VERSION}`;

  const post = async (
    pixel: string,
    { accessToken, appSecret, testEventCode }: Credentials,
    params: Record<string, unknown>,
  ): Promise<Reply> => {
    const proof = appSecret ? { appsecret_proof: createHmac('sha256', appSecret).update(accessToken).digest('hex') } : {};
    const response = await fetch(`${base}/${pixel}/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', Authorization: `Bearer ${accessToken}` },
      body: JSON.stringify({ ...withoutNulls(params), ...proof, ...(testEventCode ? { test_event_code: testEventCode } : {}) }),
      signal: AbortSignal.timeout(settings.FACEBOOK_TIMEOUT_MS),
      redirect: 'manual',
    });
    const upgraded = response.headers.get('x-ad-api-version-warning');
    if (upgraded !== null) log.warn({ warning: upgraded }, 'Meta serves another version than was asked for; raise FACEBOOK_GRAPH_VERSION');
    return {
      kind: 'answered',
      status: response.status,
      body: await response.text(),
      businessUsage: response.headers.get('x-business-use-case-usage'),
      appUsage: response.headers.get('x-app-usage'),
      adAccountUsage: response.headers.get('x-ad-account-usage'),
    };
  };

  return async (pixel, credentials, events) => {
    const built = events.map(tryServerEvent);
    const unbuildable = built.flatMap((event, index) => (event === null ? [index] : []));
    if (unbuildable.length > 0) return { kind: 'unsent', unbuildable };
    const request: EventRequest = new sdk.EventRequest(
      noToken,
      pixel,
      built.filter((event) => event !== null),
    );
    request.setHttpService({
      executeRequest: (_url, _method, _headers, params) => post(credentials.pixelId ?? pixel, credentials, withLeadIds(params, events)),
    });
    try {
      return (await request.execute()) as Reply;
    } catch (error) {
      const { name, cause } = error as { name?: string; cause?: { code?: string } };
      // Only the kind of the fault is kept: the SDK's errors carry tokens and payloads.
      if (name === 'TimeoutError') return { kind: 'unanswered', code: 'TIMEOUT' };
      return { kind: 'unanswered', code: cause?.code ?? (name === 'TypeError' ? 'NO_CONNECTION' : `SDK_${name ?? 'ERROR'}`) };
    }
  };
}
