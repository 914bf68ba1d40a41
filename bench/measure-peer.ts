import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inventConversions, type Load } from './conversions.ts';
import { countFaults, type Figure } from './delivery-figures.ts';
import { fetchAccepted } from './fetch-accepted.ts';
import type { PeerReport } from './peer.ts';
import { watchUsage } from './watch-usage.ts';

type Message = { ready: true } | { report: PeerReport };

const nextMessage = (child: ChildProcess, logFile: string): Promise<Message> =>
  new Promise((resolve, reject) => {
    const onExit = () => reject(new Error(`the peer ended:\n${readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-8).join('\n')}`));
    child.once('exit', onExit);
    child.once('message', (message: Message) => {
      child.off('exit', onExit);
      resolve(message);
    });
  });

/** A figure, and what the peer said of what failed. */
export interface PeerMeasure {
  figure: Figure;
  errors: string[];
}

/** Has the peer upload a load to the platform at `url`, in a process of its own. `skipCloning`: it reads answers without a copy. */
export async function measurePeer(load: Load, name: string, skipCloning: boolean, url: string, logFolder: string): Promise<PeerMeasure> {
  const logFile = join(logFolder, `peer ${load.run}.log`);
  const log = openSync(logFile, 'a');
  const args = ['--load', JSON.stringify(load), '--url', url, ...(skipCloning ? ['--skip-cloning'] : [])];
  const child = fork(join(import.meta.dirname, 'peer.ts'), args, {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  try {
    await nextMessage(child, logFile);
    const before = await fetchAccepted(url);
    const usage = watchUsage(child.pid ?? 0);
    const told = nextMessage(child, logFile);
    child.send({ go: true });
    const { report } = (await told) as Extract<Message, { report: PeerReport }>;
    const used = usage.stop();
    const after = await fetchAccepted(url);
    const conversions = inventConversions({ ...load, count: report.tried });
    const figure = {
      ...{ peer: name, platform: load.platform, badShare: load.badShare, conversions: report.tried },
      ...{ seconds: report.seconds, hung: report.hung, calls: after.requests - before.requests, usage: used },
      ...countFaults(conversions, after.clickIds, new Set(report.sent)),
      repeated: after.duplicates - before.duplicates,
    };
    return { figure, errors: report.errors };
  } finally {
    child.kill();
  }
}
