import { type Conversion, conversionSchema, type DecisionReason, parseWith } from '@waybill/shared/conversion';
import type { Logger } from '@waybill/shared/telemetry';
import type { ConversionType } from '../catalogue/index.ts';
import type { NewlyEligible } from '../decide/decisions.ts';
import type { Rule } from '../decide/rule.ts';
import { toPersonOf } from '../identifiers/index.ts';
import { buildConversion } from './build-conversion.ts';
import type { NewCandidate } from './save-candidates.ts';

export interface Built {
  candidates: NewCandidate[];
  /** Decisions that were eligible as far as SQL could see and are not. */
  amended: { entity: number; type: number; reason: DecisionReason }[];
}

const nobody: Conversion['person'] = { email: [], phone: [] };

/** Hashes a person once for each owner, however many types send them. */
function createPersonReader(): (platform: ConversionType['platform'], found: NewlyEligible) => Conversion['person'] {
  const known = new Map<string, Conversion['person']>();
  return (platform, found) => {
    if (found.spoken_by === null) return nobody;
    const key = `${platform} ${found.spoken_by}`;
    const person =
      known.get(key) ??
      toPersonOf(platform, {
        email: found.email,
        phone: found.phone_number,
        firstName: found.first_name,
        lastName: found.last_name,
        city: found.city,
        state: found.state,
        zip: found.zip,
        country: found.country,
        externalId: found.external_id,
      });
    known.set(key, person);
    return person;
  };
}

/** Builds the candidates of a page; one that cannot be built or does not fit the message is amended and stops nothing. */
export function toCandidates(rules: Rule[], eligible: NewlyEligible[], log: Logger): Built {
  const personOf = createPersonReader();
  const built: Built = { candidates: [], amended: [] };
  for (const found of eligible) {
    const { entity, type: index } = found;
    const { type, destination } = rules[index] as Rule;
    if (destination === null) throw new Error(`${type.name}: an eligible decision without a destination`);
    const person = type.identifiers.length === 0 ? nobody : personOf(type.platform, found);
    const conversion = buildConversion(type, found, destination, person);
    const read = conversion === null ? null : parseWith(conversionSchema, conversion);
    if (read?.ok === true) built.candidates.push({ conversion: read.value, occurrenceKey: found.occurrence_key });
    else if (read === null) built.amended.push({ entity, type: index, reason: 'no-identifiers' });
    else {
      log.error({ conversionType: type.name, entity, problem: read.reason }, 'a candidate does not fit the message');
      built.amended.push({ entity, type: index, reason: 'malformed' });
    }
  }
  return built;
}
