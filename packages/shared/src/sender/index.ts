export { deliverBatch } from './deliver-batch.ts';
export { type Isolated, isolate } from './isolate.ts';
export { type Budget, type Lanes, MemoryLanes } from './lanes.ts';
export type { ActionCount, Answer, CorrectionRoutes, DayCount, Mapped, Platform, ReadBack, Rest, Route, Told } from './platform.ts';
export { postgresLanes } from './postgres-lanes.ts';
export { decodeConversion, runSender, senderSettings } from './run-sender.ts';
export { sendRows } from './send-rows.ts';
