export { readCliSettings } from './config.ts';
export { runCli, UsageError } from './run-cli.ts';
