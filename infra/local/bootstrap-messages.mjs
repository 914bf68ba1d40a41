// What bootstrap says when it cannot go on: what, where, how to mend. Syntax that Node 14 can read, so that an old Node gets to say it.

/** A complaint about a Node version below 20 ("18.20.4"), or null. */
export function complainAboutNode(version) {
  if (Number(version.split('.')[0]) >= 20) return null;
  return `Waybill needs Node 20 or newer to start; this is Node ${version} at ${process.execPath}.
Install a current Node from https://nodejs.org (or "nvm install 24") and run the command again.
`;
}

/** A complaint about a platform without a Node 24. */
export function complainAboutPlatform(platform, arch, version) {
  return `Waybill runs on Node 24. None came with the packages for ${platform}-${arch}, and this is Node ${version}.
Install Node 24 from https://nodejs.org (or "nvm install 24") and run the command again.
`;
}

const causes = [
  {
    pattern: /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|ERR_PNPM_META_FETCH_FAIL/,
    explain: ({ registry }) => `The npm registry ${registry} cannot be reached.
Check the network, or behind a proxy or mirror: npm config set proxy URL, npm config set registry URL.`,
  },
  {
    pattern: /SELF_SIGNED_CERT|UNABLE_TO_(GET|VERIFY)|CERT_(HAS_EXPIRED|NOT_YET_VALID|UNTRUSTED)|ERR_TLS_CERT/,
    explain: ({ registry }) => `The certificate of the npm registry ${registry} is not trusted.
Name the certificate authority of your network: npm config set cafile FILE (or NODE_EXTRA_CA_CERTS=FILE).`,
  },
  {
    pattern: /ERR_PNPM_OUTDATED_LOCKFILE|ERR_PNPM_LOCKFILE_CONFIG_MISMATCH/,
    explain: () => `pnpm-lock.yaml does not match the package.json files.
Run "npx -y pnpm@12 install" and keep the lock file it writes.`,
  },
  {
    pattern: /ENOSPC/,
    explain: ({ folder }) => `The disk of ${folder} is full. The packages need about 1 GB: make room and run the command again.`,
  },
  {
    pattern: /EACCES|EPERM|EROFS/,
    explain: ({ folder }) => `A folder cannot be written to; its name is in the output above.
If an earlier run as another user left it behind, remove ${folder}/node_modules (and ${folder}/.waybill), or run as that user.`,
  },
  {
    pattern: /spawn npx ENOENT/,
    explain: () => `npx was not found: npm is not installed, or not in PATH. Install Node with npm from https://nodejs.org.`,
  },
];

/** Explains a failed install from what it printed. */
export function complainAboutInstall(output, place) {
  const cause = causes.find(({ pattern }) => pattern.test(output));
  const explanation = cause ? cause.explain(place) : 'The output above names the cause. To see all of it: npx -y pnpm@12 install';
  return `\nThe packages of ${place.folder} could not be installed.\n${explanation}\n`;
}
