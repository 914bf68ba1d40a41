import type { Migration } from 'kysely/migration';
import * as scores from './0001-scores.ts';
import * as profiles from './0002-profiles.ts';
import * as visits from './0003-visits.ts';
import * as candidates from './0004-candidates.ts';
import * as ledger from './0005-ledger.ts';
import * as audit from './0006-audit.ts';
import * as hub from './0007-hub.ts';
import * as changes from './0008-changes.ts';
import * as decisions from './0009-decisions.ts';
import * as syncGuards from './0010-sync-guards.ts';
import * as corrections from './0011-corrections.ts';
import * as lanes from './0012-lanes.ts';
import * as readBack from './0013-read-back.ts';
import * as ihc from './0014-ihc.ts';
import * as hubAlerts from './0016-hub-alerts.ts';
import * as attribution from './0017-attribution.ts';
import * as credits from './0018-credits.ts';
import * as attributionLookup from './0019-attribution-lookup.ts';
import * as signupChanges from './0020-signup-changes.ts';
import * as endedAttempt from './0021-ended-attempt.ts';

/** Every migration in order; forward only, never edited once released. */
export const migrations: Record<string, Migration> = {
  '0001-scores': scores,
  '0002-profiles': profiles,
  '0003-visits': visits,
  '0004-candidates': candidates,
  '0005-ledger': ledger,
  '0006-audit': audit,
  '0007-hub': hub,
  '0008-changes': changes,
  '0009-decisions': decisions,
  '0010-sync-guards': syncGuards,
  '0011-corrections': corrections,
  '0012-lanes': lanes,
  '0013-read-back': readBack,
  '0014-ihc': ihc,
  '0016-hub-alerts': hubAlerts,
  '0017-attribution': attribution,
  '0018-credits': credits,
  '0019-attribution-lookup': attributionLookup,
  '0020-signup-changes': signupChanges,
  '0021-ended-attempt': endedAttempt,
};
