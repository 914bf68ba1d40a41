import { parseArgs } from 'node:util';
import { startPubsubServer } from './server.ts';

const { values } = parseArgs({ options: { port: { type: 'string', default: '0' }, folder: { type: 'string' } } });
const server = await startPubsubServer({ port: Number(values.port), folder: values.folder });
process.stdout.write(`listening on ${server.host}:${server.port}\n`);
process.send?.({ ready: true, port: server.port });

const end = () => server.stop().then(() => process.exit(0));
process.once('SIGTERM', end);
process.once('SIGINT', end);
// A parent that forked this process and is gone takes it along.
process.once('disconnect', end);
