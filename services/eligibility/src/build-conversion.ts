import { buildEventId, type Conversion } from '@waybill/shared/conversion';
import type { ConversionType } from './catalogue.ts';
import { limitedDataUseOf } from './consent.ts';
import type { Decision } from './decide.ts';
import { toPerson } from './identifiers/index.ts';

export interface Destination {
  account: string;
  action: string;
}

/** A decimal with at least two places and no more than it needs. */
function toAmount(decimal: string): string {
  const [whole = '0', fraction = ''] = decimal.split('.');
  return `${whole}.${fraction.replace(/0+$/, '').padEnd(2, '0')}`;
}

function buildPerson(type: ConversionType, decision: Decision): Conversion['person'] {
  if (!type.identifiers) return { email: [], phone: [] };
  return toPerson[type.platform]({
    email: decision.email,
    phone: decision.phone_number,
    firstName: decision.first_name,
    lastName: decision.last_name,
    city: decision.city,
    state: decision.state,
    zip: decision.zip,
    country: decision.country,
    externalId: decision.external_id,
  });
}

/** The frozen message of an eligible decision. What is eligible has a click. */
export function buildConversion(type: ConversionType, decision: Decision, { account, action }: Destination): Conversion {
  const { click_kind, click_id, clicked_at } = decision;
  if (click_kind === null || click_id === null || clicked_at === null)
    throw new Error(`${type.name}: an eligible decision without a click`);
  return {
    version: 1,
    eventId: buildEventId({
      platform: type.platform,
      account,
      conversionType: type.name,
      clickOrPerson: click_id,
      entity: `${type.grain}:${decision.entity}`,
      occurrence: '',
    }),
    platform: type.platform,
    conversionType: type.name,
    account,
    action,
    occurredAt: decision.occurred_at.toISOString(),
    value: decision.value === null || decision.currency === null ? null : { amount: toAmount(decision.value), currency: decision.currency },
    click: { kind: click_kind, id: click_id, clickedAt: clicked_at.toISOString() },
    browser: {
      fbp: decision.fbp,
      fbc: decision.fbc,
      ipAddress: decision.ip_address,
      userAgent: decision.user_agent,
      sourceUrl: decision.source_url,
    },
    person: buildPerson(type, decision),
    consent: {
      adUserData: decision.ad_user_data,
      adPersonalization: decision.ad_personalization,
      limitedDataUse: limitedDataUseOf(decision.country, decision.state),
    },
    company: decision.company,
    contact: decision.contact,
    rule: { name: type.name, version: type.version },
  };
}
