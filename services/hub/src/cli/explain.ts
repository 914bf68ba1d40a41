import { parseArgs } from 'node:util';
import { connect } from '@waybill/shared/db';
import { findLife, type Section, type Subject } from '../life.ts';
import { readCliConfig } from './config.ts';
import { runCli, UsageError } from './run-cli.ts';

const usage = `Usage: npm run explain -- --event ID | --company N | --contact N

Tells the whole life of a conversion, or why there is none: scores and their age, visits, each decision with its reason,
each attempt with the platform's answer, and the audit rows.
`;

function readId(name: string, text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new UsageError(`--${name} ${text}: give a whole number`);
}

function readArguments(args: string[]): Subject | null {
  const options = {
    event: { type: 'string' },
    company: { type: 'string' },
    contact: { type: 'string' },
    help: { type: 'boolean' },
  } as const;
  const { event, company, contact, help } = parseArgs({ args, options }).values;
  if (help) return null;
  if ([event, company, contact].filter((given) => given !== undefined).length !== 1)
    throw new UsageError('Give exactly one of --event, --company, --contact.');
  if (event !== undefined) return { kind: 'event', id: event };
  return company !== undefined
    ? { kind: 'company', id: readId('company', company) }
    : { kind: 'contact', id: readId('contact', contact ?? '') };
}

function formatSection({ title, rows, whenEmpty }: Section): string {
  if (rows.length === 0) return `${title}\n  ${whenEmpty}\n`;
  const lines = rows.map((row) =>
    Object.entries(row)
      .filter(([, value]) => value !== '')
      .map(([name, value]) => `${name}: ${value}`)
      .join(' · '),
  );
  return `${title}\n${lines.map((line) => `  ${line}`).join('\n')}\n`;
}

await runCli(usage, async () => {
  const subject = readArguments(process.argv.slice(2));
  if (subject === null) return void process.stdout.write(usage);
  const db = connect(readCliConfig().DATABASE_URL, 2);
  try {
    const sections = await findLife(db, subject);
    if (sections === null) throw new Error(`${subject.id}: no such event is known, neither as a candidate nor in the ledger`);
    process.stdout.write(`${subject.kind} ${subject.id}\n\n${sections.map(formatSection).join('\n')}`);
  } finally {
    await db.destroy();
  }
});
