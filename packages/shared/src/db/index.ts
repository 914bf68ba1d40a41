export { connect, type Database } from './connect.ts';
export type { DB } from './generated.ts';
export { migrateToLatest } from './migrate.ts';
export { isConnectionError, isRefusal, untilReachable } from './until-reachable.ts';
