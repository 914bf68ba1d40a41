const jest = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];

/** A command is a list of steps for Node, one after another until one fails; the caller's arguments go to the last. */
export const commands = {
  start: { about: 'run the whole flow on embedded defaults and show the result', steps: [['start', 'infra/local/start.ts']] },
  test: { about: 'run every test: unit, integration, end to end', steps: [['test', ...jest]] },
  verify: {
    about: 'check types, style and unit tests, in seconds',
    steps: [
      ['types', 'node_modules/typescript/bin/tsc', '--noEmit'],
      ['style', 'node_modules/@biomejs/biome/bin/biome', 'check'],
      ['unit tests', ...jest, '--selectProjects', 'unit'],
    ],
  },
  explain: { about: "show a conversion's whole life, or why there is none", steps: [['explain', 'services/hub/src/cli/explain.ts']] },
  replay: { about: 'republish conversions of a time span', steps: [['replay', 'services/hub/src/cli/replay.ts']] },
  reconcile: {
    about: 'hold eligible, accepted and counted against each other',
    steps: [['reconcile', 'services/hub/src/cli/reconcile.ts']],
  },
  'dead-letters': {
    about: 'list, replay or drop what was rejected',
    steps: [['dead-letters', 'services/hub/src/cli/dead-letters.ts']],
  },
  rules: {
    about: 'what the conversion types decide, and what a changed catalogue would',
    steps: [['rules', 'services/eligibility/src/rules/cli.ts']],
  },
  ihc: {
    about: 'credit conversions to sessions by the IHC API or a model like it, and report channels',
    steps: [['ihc', 'services/attribution/src/ihc/cli.ts']],
  },
  simulate: {
    about: 'run the delivery core against every fault, in virtual time',
    steps: [['simulate', 'packages/shared/src/testing/simulation/main.ts']],
  },
  chaos: { about: 'kill, cut and replay everything, and hold the end against the plan', steps: [['chaos', 'e2e/chaos/main.ts']] },
  bench: { about: 'measure, side by side with what one would pick instead', steps: [['bench', 'bench/main.ts']] },
  'db:types': {
    about: 'generate the types of the database from its migrations',
    steps: [['db:types', 'infra/local/generate-db-types.ts']],
  },
};

/** The commands with a line about each. */
export function usage() {
  const lines = Object.entries(commands).map(([name, { about }]) => `  ${name.padEnd(14)}${about}`);
  return `Usage: node infra/local/bootstrap.mjs COMMAND [arguments]\n\n${lines.join('\n')}\n\nCOMMAND --help tells more about one.\n`;
}
