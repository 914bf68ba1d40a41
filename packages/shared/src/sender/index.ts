export { deliverBatch } from './deliver-batch.ts';
export { type Isolated, isolate } from './isolate.ts';
export { Lanes } from './lanes.ts';
export type { Answer, CorrectionRoutes, Mapped, Platform, Route } from './platform.ts';
export { decodeConversion, runSender, senderSettings } from './run-sender.ts';
