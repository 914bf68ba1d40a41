import { migrateToLatest } from '@waybill/shared/db';
import { connectPubsub } from '@waybill/shared/pubsub';
import { applyTopology } from './topology/apply.ts';
import { findPlatforms } from './topology/platforms.ts';
import { planTopology } from './topology/topology.ts';

// Brings tables, topics and subscriptions of an environment up to date; safe to repeat. Run it before the services of a release.
const { DATABASE_URL, GOOGLE_CLOUD_PROJECT } = process.env;
if (DATABASE_URL === undefined || GOOGLE_CLOUD_PROJECT === undefined) {
  process.stderr.write('Set DATABASE_URL and GOOGLE_CLOUD_PROJECT (and PUBSUB_EMULATOR_HOST for a server that is not Google’s).\n');
  process.exit(2);
}
await migrateToLatest(DATABASE_URL);
const pubsub = connectPubsub(GOOGLE_CLOUD_PROJECT);
const made = await applyTopology(pubsub, planTopology(findPlatforms()));
await pubsub.close();
process.stdout.write(`Tables are at the newest version; ${made} topics and subscriptions made\n`);
