export { type Clock, createClock } from './clock.ts';
export { type DestinationAccount, type Destinations, findDestination, readDestinations } from './destinations.ts';
export { ConfigError, readConfig } from './read-config.ts';
export {
  databaseSettings,
  destinationsSetting,
  leaseSetting,
  pubsubSettings,
  runStatementSetting,
  scheduleSetting,
  serviceSettings,
  statementSetting,
} from './settings.ts';
