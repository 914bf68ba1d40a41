import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { complainAboutInstall } from './bootstrap-messages.mjs';
import { withLock } from './install-lock.mjs';
import { runChild } from './run-child.mjs';

/** The checkout. */
export const root = resolve(fileURLToPath(import.meta.url), '..', '..', '..');

const stamp = join(root, 'node_modules', '.waybill-installed');
const arguments_ = [
  '-y',
  'pnpm@12',
  'install',
  '--frozen-lockfile',
  '--reporter=append-only',
  '--config.confirm-modules-purge=false',
  '--config.node-version=24.0.0',
];

/** Installs the workspace unless it is installed from this very lock file; resolves to 0 or an exit code. */
export async function ensureInstalled() {
  if (isInstalled()) return 0;
  try {
    return await withLock(join(root, '.waybill', 'install.lock'), install, (pid) => {
      process.stdout.write(`Another run (process ${pid}) is installing the packages; waiting for it.\n`);
    });
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    return fail(error.message);
  }
}

async function install() {
  if (isInstalled()) return 0;
  process.stdout.write('Installing the packages (about a minute the first time)\n');
  const output = [];
  const code = await runChild('npx', arguments_, { cwd: root, env: installEnv(), stdio: ['ignore', 'pipe', 'pipe'] }, (child) => {
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => show(text, output));
  });
  if (code > 128) return code;
  if (code !== 0) return fail(output.join(''));
  writeFileSync(stamp, wantedStamp());
  return 0;
}

/** Packages with binaries differ by platform, so a checkout shared with a container is installed again there. */
function wantedStamp() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'pnpm-lock.yaml')))
    .digest('hex');
  return `${lock} ${process.platform}-${process.arch}\n`;
}

function isInstalled() {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === wantedStamp();
}

/** On a terminal the counting line is rewritten in place. */
function show(text, output) {
  output.push(text);
  const inPlace = process.stdout.isTTY && !process.env.CI;
  process.stdout.write(inPlace ? text.replace(/^(Progress:.*)\n/gm, '\r\x1b[K$1\r') : text);
}

function fail(output) {
  process.stderr.write(complainAboutInstall(output, { folder: root, registry: registry() }));
  return 1;
}

function registry() {
  const { stdout } = spawnSync('npm', ['config', 'get', 'registry'], { cwd: root, encoding: 'utf8' });
  return stdout?.trim() || 'https://registry.npmjs.org/';
}

/** Offline is noticed in seconds instead of minutes, development packages are always wanted, and an unwritable home is replaced. */
function installEnv() {
  const env = {
    npm_config_fetch_retry_mintimeout: '1000',
    npm_config_fetch_retry_maxtimeout: '5000',
    ...process.env,
    NODE_ENV: 'development',
  };
  const home = homedir();
  if (['', '.npm', '.npm/_cacache', '.local/share/pnpm', '.cache'].every((folder) => isWritable(join(home, folder)))) return env;
  const ours = join(root, '.waybill', 'home');
  mkdirSync(ours, { recursive: true });
  process.stdout.write(`${home} cannot be written to; packages are cached in ${join(root, '.waybill')}\n`);
  for (const name of ['XDG_CACHE_HOME', 'XDG_DATA_HOME', 'XDG_STATE_HOME', 'XDG_CONFIG_HOME', 'PNPM_HOME']) delete env[name];
  const settings = join(home, '.npmrc');
  return {
    ...env,
    HOME: ours,
    npm_config_cache: join(root, '.waybill', 'npm-cache'),
    ...(isReadable(settings) && { npm_config_userconfig: settings }),
  };
}

function isWritable(folder) {
  return can(folder, constants.W_OK) || !(existsSync(folder) || folder === homedir());
}

function isReadable(file) {
  return can(file, constants.R_OK);
}

function can(path, mode) {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
