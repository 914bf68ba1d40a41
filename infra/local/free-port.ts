import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** The wanted port of 127.0.0.1 if it is free, else any other that is. 0: any. */
export async function findFreePort(wanted: number): Promise<number> {
  const server = createServer().listen(wanted, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (wanted !== 0 && (code === 'EADDRINUSE' || code === 'EACCES')) return findFreePort(0);
    throw error;
  }
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
