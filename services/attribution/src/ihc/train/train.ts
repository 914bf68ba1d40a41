import type { Journey } from '../../journeys/journey.ts';
import { defaultParameters, type IhcParameters } from '../model/parameters.ts';
import { trainCloserMembership, trainInitializerMembership } from './train-membership.ts';
import { trainChannelWeights, trainPhaseWeights } from './train-weights.ts';

export interface Training {
  parameters: IhcParameters;
  /** The parameters that stayed as they were, for too few journeys told of them. */
  kept: string[];
}

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** Parameters of the IHC-compatible local model from journeys; those of one touch teach nothing. The order of the journeys changes nothing. */
export function trainIhc(journeys: Journey[], prior: IhcParameters = defaultParameters): Training {
  const telling = journeys.filter(({ touches }) => touches.length > 1);
  const trained = {
    phaseWeights: trainPhaseWeights(telling, prior.phaseWeights),
    channelWeights: trainChannelWeights(telling),
    initializerMembership: trainInitializerMembership(telling, prior.initializerMembership),
    closerMembership: trainCloserMembership(telling),
  };
  const told = Object.entries(trained).filter(([, parameter]) => parameter !== null);
  const days = telling.map(({ convertedAtMs }) => dayOf(convertedAtMs)).sort();
  const trainedOn = {
    journeys: telling.length,
    touches: telling.reduce((sum, { touches }) => sum + touches.length, 0),
    from: days[0] ?? '',
    to: days.at(-1) ?? '',
  };
  return {
    parameters: { ...prior, ...Object.fromEntries(told), trainedOn: told.length === 0 ? prior.trainedOn : trainedOn },
    kept: Object.entries(trained).flatMap(([name, parameter]) => (parameter === null ? [name] : [])),
  };
}
