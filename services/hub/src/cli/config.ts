import { readCliSettings } from '@waybill/shared/cli';
import { databaseSettings, pubsubSettings, serviceSettings } from '@waybill/shared/config';

export const readDatabaseSettings = () =>
  readCliSettings('DATABASE_URL', { DATABASE_URL: databaseSettings.DATABASE_URL, CLOCK_AT: serviceSettings.CLOCK_AT });

/** Hands the emulator's address on to the client, which takes it from the environment only. */
export function readPubsubSettings() {
  const settings = readCliSettings('GOOGLE_CLOUD_PROJECT', pubsubSettings);
  if (settings.PUBSUB_EMULATOR_HOST !== undefined) {
    process.env.PUBSUB_EMULATOR_HOST = settings.PUBSUB_EMULATOR_HOST;
    // Without this the client looks for a Google machine first.
    process.env.METADATA_SERVER_DETECTION ??= 'none';
  }
  return settings;
}
