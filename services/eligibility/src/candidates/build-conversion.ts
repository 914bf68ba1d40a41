import { buildEventId, type Conversion } from '@waybill/shared/conversion';
import { type ConversionType, clickRuleOf } from '../catalogue/index.ts';
import type { NewlyEligible } from '../decide/decisions.ts';
import type { Destination } from '../decide/rule.ts';
import { limitedDataUseOf } from './consent.ts';

/** `fb.<subdomain index>.<creation ms>.<random or click id>`, perhaps with an appendix of Meta's own. */
const metaCookie = /^fb\.[0-2]\.\d{1,20}\.[\w.-]+$/;

/** A decimal with at least two places and no more than it needs. */
export function toAmount(decimal: string): string {
  const [whole = '0', fraction = ''] = decimal.split('.');
  return `${whole}.${fraction.replace(/0+$/, '').padEnd(2, '0')}`;
}

const wellFormedCookie = (cookie: string | null): string | null => (cookie !== null && metaCookie.test(cookie) ? cookie : null);

function buildBrowser({ leaveOut }: ConversionType, found: NewlyEligible): Conversion['browser'] {
  const whole = {
    fbp: wellFormedCookie(found.fbp),
    fbc: wellFormedCookie(found.fbc),
    ipAddress: found.ip_address,
    userAgent: found.user_agent,
    sourceUrl: found.source_url,
  };
  return { ...whole, ...Object.fromEntries(leaveOut.map((field) => [field, null])) };
}

function buildClick(type: ConversionType, found: NewlyEligible): Conversion['click'] {
  const { kinds } = clickRuleOf(type.platform);
  const kind = kinds.find((candidate) => found[candidate] !== null) ?? kinds[0];
  if (kind === undefined || found.click_id === null || found.clicked_at === null) return null;
  return { kind, id: found.click_id, clickedAt: found.clicked_at.toISOString() };
}

/** Of a person's hashed identifiers those that the type sends. */
function pickIdentifiers({ identifiers }: ConversionType, person: Conversion['person']): Conversion['person'] {
  const sent = new Set<string>(identifiers);
  const { email, phone, ...rest } = person;
  return {
    email: sent.has('email') ? email : [],
    phone: sent.has('phone') ? phone : [],
    ...Object.fromEntries(Object.entries(rest).filter(([field]) => sent.has(field))),
  };
}

/** The frozen message of an eligible decision; null where it has neither a click nor a person to be matched by. */
export function buildConversion(
  type: ConversionType,
  found: NewlyEligible,
  { account, action }: Destination,
  whole: Conversion['person'],
): Conversion | null {
  const click = buildClick(type, found);
  const person = pickIdentifiers(type, whole);
  const clickOrPerson = click?.id ?? person.email[0] ?? person.phone[0];
  if (clickOrPerson === undefined) return null;
  const entity = `${type.grain}:${found.entity}`;
  return {
    version: 1,
    eventId: buildEventId({ platform: type.platform, account, conversionType: type.name, clickOrPerson, entity, occurrence: '' }),
    platform: type.platform,
    conversionType: type.name,
    account,
    action,
    occurredAt: found.occurred_at.toISOString(),
    value: found.value === null || found.currency === null ? null : { amount: toAmount(found.value), currency: found.currency },
    click,
    browser: buildBrowser(type, found),
    person,
    consent: {
      adUserData: found.ad_user_data,
      adPersonalization: found.ad_personalization,
      limitedDataUse: limitedDataUseOf(found.country, found.state),
    },
    company: found.company,
    contact: found.contact,
    rule: { name: type.name, version: type.version },
  };
}
