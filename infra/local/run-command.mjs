import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { complainAboutPlatform } from './bootstrap-messages.mjs';
import { commands, usage } from './commands.mjs';
import { ensureInstalled, root } from './install.mjs';
import { runChild } from './run-child.mjs';

/** Installs what is missing, then runs the command on Node 24; resolves to the exit code. */
export async function runCommand([name, ...rest]) {
  if (name === '--help' || name === 'help') return say(process.stdout, usage(), 0);
  if (name === undefined) return say(process.stderr, usage(), 2);
  if (!Object.hasOwn(commands, name)) return say(process.stderr, `There is no command "${name}".\n\n${usage()}`, 2);

  const installed = await ensureInstalled();
  if (installed !== 0) return installed;
  const node = findNode();
  if (node === undefined) return say(process.stderr, complainAboutPlatform(process.platform, process.arch, process.versions.node), 1);

  const { steps } = commands[name];
  for (const [index, [title, ...step]] of steps.entries()) {
    const last = index === steps.length - 1;
    if (steps.length > 1) process.stdout.write(`\n— ${title}\n`);
    const code = await runChild(node, last ? [...step, ...rest] : step, { cwd: root, env: envFor(node), stdio: 'inherit' });
    if (code !== 0) return steps.length > 1 ? say(process.stderr, `\n${name} failed at: ${title}\n`, code) : code;
  }
  return 0;
}

function findNode() {
  const packaged = join(root, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node');
  if (spawnSync(packaged, ['--version']).status === 0) return packaged;
  return Number(process.versions.node.split('.')[0]) >= 24 ? process.execPath : undefined;
}

function envFor(node) {
  return { ...process.env, PATH: `${dirname(node)}:${process.env.PATH ?? ''}` };
}

function say(stream, text, code) {
  stream.write(text);
  return code;
}
