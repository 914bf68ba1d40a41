import { fingerprint } from '@waybill/shared/conversion';
import type { Journey } from '../../journeys/journey.ts';
import { defaultParameters, type IhcParameters, nameParameters } from './parameters.ts';
import { type Redistribution, redistribute } from './redistribute.ts';
import { type PhaseShares, scorePhases, weighPhases } from './score-phases.ts';

/** A model of attribution that works on this machine and shows the phases behind its credit. */
export interface IhcModel {
  name: string;
  version: string;
  definition: string;
  /** A credit for each touch, in their order; their sum is 1. */
  credit(journey: Journey): number[];
  phases(journey: Journey): PhaseShares;
}

const definition =
  'IHC-compatible local model, not the model behind the IHC API: the mean of initializer, holder and closer shares by phase weight. ' +
  'A session initializes by the pause before it, closes by engagement shortly before the last session, holds by engagement between the two; ' +
  'shares are weighed by channel, and a pause of full initializer membership starts the journey over.';

/** The IHC-compatible local model with these parameters; its version tells parameters and redistribution apart. */
export function createIhcModel(parameters: IhcParameters = defaultParameters, redistribution: Redistribution = {}): IhcModel {
  const phases = ({ touches }: Journey): PhaseShares => redistribute(touches, scorePhases(touches, parameters), redistribution);
  const rules = Object.keys(redistribution).length === 0 ? '' : `+${fingerprint(redistribution).slice(0, 8)}`;
  return {
    name: 'ihc-compatible-local',
    version: `${nameParameters(parameters)}${rules}`,
    definition,
    phases,
    credit: (journey) => weighPhases(phases(journey), parameters.phaseWeights),
  };
}
