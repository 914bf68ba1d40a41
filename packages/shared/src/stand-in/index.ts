export { Accepted, type AcceptedConversion, type Adjustment, sumDecimals } from './accepted.ts';
export {
  type Fault,
  type StandIn,
  type StandInAnswer,
  type StandInPlace,
  type StandInRequest,
  type StartStandIn,
  startStandIn,
} from './stand-in.ts';
