import { describe, expect, it } from '@jest/globals';
import { complainAboutInstall, complainAboutNode, complainAboutPlatform } from './bootstrap-messages.mjs';

describe('complainAboutNode', () => {
  it.each([
    { version: '14.21.3', expected: 'Waybill needs Node 20 or newer to start; this is Node 14.21.3' },
    { version: '19.9.0', expected: 'Waybill needs Node 20 or newer to start; this is Node 19.9.0' },
  ])('asks for a newer Node than $version', ({ version, expected }) => {
    expect(complainAboutNode(version)).toContain(expected);
    expect(complainAboutNode(version)).toContain('https://nodejs.org');
  });

  it.each(['20.0.0', '22.12.0', '24.21.0', '100.0.0'])('is content with Node %s', (version) => {
    expect(complainAboutNode(version)).toBeNull();
  });
});

it('complainAboutPlatform names the platform and what to install', () => {
  expect(complainAboutPlatform('freebsd', 'x64', '20.20.2')).toMatch(/freebsd-x64, and this is Node 20\.20\.2\.\nInstall Node 24/);
});

describe('complainAboutInstall', () => {
  const place = { folder: '/home/ada/waybill', registry: 'https://npm.example/' };
  it.each([
    {
      because: 'no network',
      output: 'npm error code ENOTFOUND\nnpm error network request to https://npm.example/pnpm failed',
      expected: 'The npm registry https://npm.example/ cannot be reached.',
    },
    {
      because: 'an unknown certificate authority',
      output: 'npm error code SELF_SIGNED_CERT_IN_CHAIN',
      expected: 'The certificate of the npm registry https://npm.example/ is not trusted.',
    },
    {
      because: 'an outdated lock file',
      output: ' ERR_PNPM_OUTDATED_LOCKFILE  Cannot install with "frozen-lockfile"',
      expected: 'pnpm-lock.yaml does not match the package.json files.',
    },
    { because: 'a full disk', output: 'ENOSPC: no space left on device, write', expected: 'The disk of /home/ada/waybill is full.' },
    {
      because: "another user's files",
      output: "EACCES: permission denied, mkdir '/home/ada/waybill/node_modules'",
      expected: 'A folder cannot be written to',
    },
    { because: 'a missing npm', output: 'spawn npx ENOENT', expected: 'npx was not found' },
    { because: 'anything else', output: 'no idea', expected: 'The output above names the cause.' },
  ])('explains $because', ({ output, expected }) => {
    const complaint = complainAboutInstall(output, place);
    expect(complaint).toContain('The packages of /home/ada/waybill could not be installed.');
    expect(complaint).toContain(expected);
  });
});
