export { type HttpAnswer, type Route, serveHttp } from './http.ts';
export { type RunningService, runService, type ServiceSettings, type Stopping } from './run-service.ts';
export { schedule } from './schedule.ts';
