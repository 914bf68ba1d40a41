import { runCli } from '@waybill/shared/cli';
import { createClock } from '@waybill/shared/config';
import { connect } from '@waybill/shared/db';
import { findLife, type Life } from '../life.ts';
import { describeSubject } from '../subject.ts';
import { readExplainArguments } from './arguments.ts';
import { readDatabaseSettings } from './config.ts';

const usage = `Usage: npm run explain -- --event ID | --company N | --contact N [--since INSTANT]
       npm run explain -- --client UUID

Tells the whole life of a conversion, or why there is none: profile, scores and their age, clicks, each decision with its reason,
the conversions and where they stand, each attempt with the platform's answer, and the audit rows. Of attribution: the first, last and
limited touch, what changed since INSTANT (by the database's clock; unset: in the last 24 hours) and which event changed it, whose
clients lead to it by which links, and the identifiers that link nobody. Of a client: whose it is, and by which way.
Ends with 1 when nothing is known of it.
`;

function formatRow(row: Record<string, string>): string {
  const named = Object.entries(row).filter(([, text]) => text !== '');
  return `  ${named.map(([column, text]) => `${column}: ${text}`).join(' · ')}`;
}

function formatLife({ subject, verdict, sections }: Life): string {
  const texts = sections.map(({ title, rows, whenEmpty }) => `${title}\n${rows.map(formatRow).join('\n') || `  ${whenEmpty}`}\n`);
  return [`${subject}\n${verdict}\n`, ...texts].join('\n');
}

await runCli(usage, async () => {
  const asked = readExplainArguments(process.argv.slice(2));
  if (asked === null) return void process.stdout.write(usage);
  const { subject, since } = asked;
  const config = readDatabaseSettings();
  const db = connect(config.DATABASE_URL, 2);
  try {
    const life = await findLife(db, subject, createClock(config.CLOCK_AT).now(), since);
    if (life === null)
      throw new Error(`${describeSubject(subject)}: nothing is known of it, neither to the CRM, the scores, attribution nor the ledger`);
    process.stdout.write(formatLife(life));
  } finally {
    await db.destroy();
  }
});
