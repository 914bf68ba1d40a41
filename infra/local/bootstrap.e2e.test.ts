import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { describe, expect, it } from '@jest/globals';
import { isAlive } from './is-alive.ts';

const bootstrap = join(import.meta.dirname, 'bootstrap.mjs');

describe('bootstrap', () => {
  it.each([
    { args: ['strat'], code: 2, expected: 'There is no command "strat".' },
    { args: [], code: 2, expected: 'Usage: ' },
    { args: ['--help'], code: 0, expected: 'run every test' },
  ])('answers $args with code $code and the commands', ({ args, code, expected }) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [bootstrap, ...args], { encoding: 'utf8' });
    expect(stdout + stderr).toContain(expected);
    expect(stdout + stderr).toContain('db:types');
    expect(status).toBe(code);
  });
});

describe('a child of bootstrap', () => {
  it('gets a Ctrl-C once though the terminal and npm both send it, and decides the exit code', async () => {
    const { parent, child, lines } = await startParent(`let times = 0;
      process.on('SIGINT', () => { times += 1; setTimeout(() => process.exit(40 + times), 50); });`);
    parent.kill('SIGINT');
    parent.kill('SIGINT');
    expect(await once(parent, 'close')).toEqual([41, null]);
    expect(isAlive(child)).toBe(false);
    lines.close();
  });

  it('ends when its parent is killed', async () => {
    const { parent, lines } = await startParent(`process.on('SIGTERM', () => { console.log('asked to end'); process.exit(); });`);
    parent.kill('SIGKILL');
    const rest: string[] = [];
    for await (const line of lines) rest.push(line);
    expect(rest).toEqual(['asked to end']);
  });
});

it('lets one process at a time through the install lock, though a killed run has left its own behind', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-lock-'));
  const { pid: dead } = spawnSync('true');
  await writeFile(join(folder, 'lock'), String(dead));
  const script = `const { withLock } = await import(process.argv[1]);
    await withLock(process.argv[2], async () => {
      console.log('in');
      await new Promise(setImmediate);
      console.log('out');
    }, () => {});`;
  const holders = `for i in 1 2 3 4; do "$0" --input-type=module -e "$1" "$2" "$3" & done; wait`;
  const { stdout } = spawnSync(
    'sh',
    ['-c', holders, process.execPath, script, join(import.meta.dirname, 'install-lock.mjs'), join(folder, 'lock')],
    {
      encoding: 'utf8',
    },
  );
  expect(stdout).toBe('in\nout\n'.repeat(4));
  expect(await readdir(folder)).toEqual([]);
  await rm(folder, { recursive: true });
});

/** Starts a parent that runs a child by `runChild`; resolves when the child runs, with the lines that it prints from then on. */
async function startParent(childScript: string) {
  const runChild = join(import.meta.dirname, 'run-child.mjs');
  const script = `const { runChild } = await import(process.argv[1]);
    process.exit(await runChild(process.execPath, ['-e', process.argv[2]], { stdio: 'inherit' }));`;
  const childWithGreeting = `${childScript}; setInterval(() => {}, 1000); console.log(process.pid);`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script, runChild, childWithGreeting], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: parent.stdout });
  const [child] = await once(lines, 'line');
  return { parent, child: Number(child), lines };
}
