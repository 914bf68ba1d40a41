import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';

/** The account that the server runs as; undefined: our own. */
export type Account = { uid: number; gid: number } | undefined;

/** Postgres refuses to run as root: there it runs as the owner of its folder, or as `nobody`. */
export function accountFor(folder: string): Account {
  if (process.getuid?.() !== 0) return undefined;
  const owner = existsSync(folder) ? statSync(folder) : undefined;
  return owner && owner.uid !== 0 ? { uid: owner.uid, gid: owner.gid } : nobody();
}

/** Whether the account may pass through, or run, what lies at the path. */
export function canReach(account: Account, path: string): boolean {
  return spawnSync('test', ['-x', path], { cwd: '/', ...account }).status === 0;
}

function nobody(): { uid: number; gid: number } {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith('nobody:'));
  const [, , uid, gid] = line?.split(':') ?? [];
  if (uid === undefined || gid === undefined) {
    throw new Error(
      'Postgres refuses to run as root, and there is no account "nobody" to run it as. Run as an ordinary user, or set DATABASE_URL.',
    );
  }
  return { uid: Number(uid), gid: Number(gid) };
}
