import { spawn, spawnSync } from 'node:child_process';
import { existsSync, globSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { findFreePort } from '../local/free-port.ts';

const host = '127.0.0.1';
const stopMs = 5000;

/** The path of the jar of Google's own emulator if a gcloud SDK with it and a Java to run it are installed. */
export function findGoogleEmulator(): string | null {
  const gcloud = findOnPath('gcloud');
  if (gcloud === null || findOnPath('java') === null) return null;
  return findJar(join(dirname(realpathSync(gcloud)), '..')) ?? findJar(askForSdkRoot(gcloud));
}

/** Starts the emulator and waits until it listens; on the given port or, if it is 0 or taken, any free one. It keeps nothing: its messages end with it. */
export async function startGoogleEmulator({ jar, port }: { jar: string; port: number }) {
  const chosen = await findFreePort(port);
  const emulator = spawn('java', ['-jar', jar, `--host=${host}`, `--port=${chosen}`], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise<void>((resolve) => emulator.once('close', () => resolve()));
  // Without this an emulator would outlive a caller that ends without stopping it.
  const killWithCaller = () => emulator.kill('SIGKILL');
  process.once('exit', killWithCaller);
  const stop = async () => {
    process.off('exit', killWithCaller);
    emulator.kill('SIGTERM');
    const timer = setTimeout(() => emulator.kill('SIGKILL'), stopMs);
    await ended;
    clearTimeout(timer);
  };
  await new Promise<void>((resolve, reject) => {
    const lines: string[] = [];
    emulator.once('error', reject);
    emulator.once('exit', (code) => reject(new Error(`Google's emulator ended with code ${code}: ${lines.slice(-5).join(' | ')}`)));
    createInterface({ input: emulator.stderr }).on('line', (line) => {
      lines.push(line);
      if (line.includes('Server started')) resolve();
    });
  });
  return { host, port: chosen, stop };
}

function findJar(sdkRoot: string): string | null {
  return globSync(join(sdkRoot, 'platform/pubsub-emulator/lib/cloud-pubsub-emulator-*-all.jar')).sort().at(-1) ?? null;
}

function askForSdkRoot(gcloud: string): string {
  return spawnSync(gcloud, ['info', '--format=value(installation.sdk_root)'], { encoding: 'utf8', timeout: 20_000 }).stdout?.trim() ?? '';
}

function findOnPath(program: string): string | null {
  const candidates = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, program));
  return candidates.find((candidate) => existsSync(candidate)) ?? null;
}
