import { benchEligibility } from './eligibility.ts';

const benches: Record<string, (args: string[]) => Promise<void>> = { eligibility: benchEligibility };

const [name = '--help', ...args] = process.argv.slice(2);
const bench = benches[name];
if (bench !== undefined) await bench(args);
else {
  const isHelp = name === '--help';
  (isHelp ? process.stdout : process.stderr).write(
    `${isHelp ? '' : `There is no bench "${name}".\n`}Usage: npm run bench -- NAME [options]; NAME --help tells more.\n\n  ${Object.keys(benches).join('\n  ')}\n`,
  );
  process.exitCode = isHelp ? 0 : 2;
}
