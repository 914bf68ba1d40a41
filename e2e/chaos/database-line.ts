import { createServer, connect as dial, type Socket } from 'node:net';

/** A line between the services and the database that can be cut, or go dead without a word. */
export interface DatabaseLine {
  /** The address of the database through the line. */
  url: string;
  /** While it is dead it takes every byte and passes none on, and nobody is told. */
  setDead(isDead: boolean): void;
  /** Ends every connection. */
  cut(): void;
  stop(): Promise<void>;
}

export async function startDatabaseLine(databaseUrl: string): Promise<DatabaseLine> {
  const { hostname, port } = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let isDead = false;
  const server = createServer((near) => {
    const far = dial(Number(port), hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
    near.on('data', (bytes) => isDead || far.write(bytes));
    far.on('data', (bytes) => isDead || near.write(bytes));
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const url = new URL(databaseUrl);
  url.port = `${typeof address === 'object' ? address?.port : ''}`;
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: url.href,
    setDead: (dead) => {
      isDead = dead;
    },
    cut,
    stop: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
