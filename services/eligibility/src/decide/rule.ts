import { type Destinations, findDestination } from '@waybill/shared/config';
import { fingerprint } from '@waybill/shared/conversion';
import { type ConversionType, scoreSourcesOf } from '../catalogue/index.ts';

export interface Destination {
  account: string;
  action: string;
}

/** A conversion type as this run decides it. */
export interface Rule {
  type: ConversionType;
  /** Null where no account takes the type: it is decided, never sent. */
  destination: Destination | null;
  /** The sources that the type reads and that sync holds now. */
  heldSources: string[];
}

/** How the decisions of a rule come about; a change of it decides everything again. */
const methodVersion = 1;

const toDestination = (type: ConversionType, destinations: Destinations): Destination | null => {
  const found = findDestination(destinations, type.platform, type.name, type.account);
  const action = found?.action ?? type.action;
  return found === null || action === null ? null : { account: found.account, action };
};

/** The catalogue as it stands with these destinations and held sources. */
export const toRules = (catalogue: ConversionType[], destinations: Destinations, held: ReadonlySet<string>): Rule[] =>
  catalogue.map((type) => ({
    type,
    destination: toDestination(type, destinations),
    heldSources: scoreSourcesOf(type).filter((source) => held.has(source)),
  }));

/** Equal for rules that decide alike. */
export const fingerprintRule = (rule: Rule, scoresMaxAgeHours: number): string =>
  fingerprint({ ...rule, scoresMaxAgeHours, methodVersion });
