import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { chown, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type Account, canReach } from './postgres-account.ts';

/** A folder for temporary files that the account can reach. */
export function spareFolder(account: Account): string {
  const found = [tmpdir(), '/tmp'].find((folder) => canReach(account, folder));
  if (found === undefined)
    throw new Error(`Postgres runs as uid ${account?.uid}, which can reach neither ${tmpdir()} nor /tmp. Set TMPDIR.`);
  return found;
}

/** The wanted folder, or where the account cannot reach it (a checkout below /root), always the same one among the temporary files. */
export async function reachableFolder(wanted: string, account: Account): Promise<string> {
  await mkdir(dirname(wanted), { recursive: true });
  if (canReach(account, dirname(wanted))) return wanted;
  const hash = createHash('sha256').update(wanted).digest('hex').slice(0, 12);
  return join(spareFolder(account), `waybill-postgres-${hash}`);
}

/** Makes a data folder unless there is one, in one step: a half-made one is never left under its name. */
export async function ensureDataFolder(folder: string, account: Account, binaries: string, durable: boolean): Promise<void> {
  if (isDataFolder(folder, account)) return;
  const aside = await mkdtemp(join(dirname(folder), `${basename(folder)}.new-`));
  try {
    if (account) await chown(aside, account.uid, account.gid);
    await initialise(aside, account, binaries, durable);
    await rename(aside, folder).catch((error: NodeJS.ErrnoException) => {
      // Another run has just made the same folder: the server's own lock decides which of the two goes on.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

function isDataFolder(folder: string, account: Account): boolean {
  if (!existsSync(folder)) return false;
  const { uid } = statSync(folder);
  const wanted = account?.uid ?? process.getuid?.();
  if (uid !== wanted && uid !== process.getuid?.()) {
    throw new Error(`The data folder ${folder} belongs to uid ${uid}, from a run as another user. Run as that user, or remove the folder.`);
  }
  if (existsSync(join(folder, 'PG_VERSION'))) return true;
  if (readdirSync(folder).length === 0) return false;
  throw new Error(`${folder} holds something else than a Postgres data folder. Remove it or name another.`);
}

async function initialise(folder: string, account: Account, binaries: string, durable: boolean): Promise<void> {
  const args = ['-D', folder, '--username=postgres', '--auth=trust', '--encoding=UTF8', '--no-instructions'];
  const locale = ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const sync = durable ? [] : ['--no-sync'];
  try {
    await promisify(execFile)(join(binaries, 'initdb'), [...args, ...locale, ...sync], { cwd: '/', ...account });
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    throw new Error(`Postgres could not make its data folder ${folder}: ${stderr || error}`, { cause: error });
  }
}
