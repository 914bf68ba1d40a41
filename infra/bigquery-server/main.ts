import { parseArgs } from 'node:util';
import { startBigQueryServer } from './server.ts';

const { values } = parseArgs({ options: { port: { type: 'string', default: '0' }, folder: { type: 'string' } } });
const { folder } = values;

const server = await startBigQueryServer({ port: Number(values.port), ...(folder === undefined ? {} : { folder }) });
process.stdout.write(`listening on ${server.url}\n`);
process.send?.({ ready: true, port: server.port });

const end = () => server.stop().then(() => process.exit(0));
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, end);
// A parent that forked this process and is gone takes it along.
process.once('disconnect', end);
