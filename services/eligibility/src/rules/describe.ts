import { identifierFields } from '../catalogue/conversion-type.ts';
import { broughtPlatforms, type ConversionType, measures, platforms } from '../catalogue/index.ts';

const words = (column: string): string => column.replace(/_at$/, '').replaceAll('_', ' ');

function describeTrigger({ trigger, grain }: ConversionType): string {
  if (trigger.kind === 'threshold') return `first score of ${measures[trigger.measure].meaning} of at least ${trigger.atLeast}`;
  if (trigger.kind === 'score') {
    const after = trigger.after.length === 0 ? '' : `, after ${trigger.after.map(words).join(' and ')}`;
    return `each score of a ${grain} that clicked${after}`;
  }
  const later = trigger.delayHours === 0 ? '' : `, ${trigger.delayHours} hours later`;
  return `${trigger.of.map(words).join(' and ')}${later}`;
}

function describeEmployees({ employees }: ConversionType): string {
  if (employees === null) return '';
  return employees.most === null ? `${employees.least}+` : `${employees.least}–${employees.most}`;
}

function describeIdentifiers({ identifiers, leaveOut, withoutClick, needsGrant }: ConversionType): string {
  const missing = identifierFields.filter((field) => !identifiers.includes(field));
  const sent = identifiers.length === 0 ? 'none' : missing.length === 0 ? 'all' : `all but ${missing.join(', ')}`;
  const notes = [
    leaveOut.length > 0 && `without ${leaveOut.join(', ')}`,
    withoutClick && 'do without a click id',
    needsGrant && 'grant needed',
  ];
  return [sent, ...notes.filter((note) => note !== false)].join('; ');
}

function describeAction({ action, account }: ConversionType): string {
  return `${action ?? 'a number'}${account === null ? '' : ` on ${account}`}`;
}

function describeValue({ value, corrections }: ConversionType): string {
  const notes = [
    value !== null && measures[value].meaning,
    corrections?.restateAbove != null && `restated when it moves by more than ${corrections.restateAbove * 100} %`,
    corrections?.retract === true && 'retracted for spam and refunds',
  ];
  return notes.filter((note) => typeof note === 'string').join('; ');
}

const titles = new Map([
  ...Object.entries({ google: 'Google', facebook: 'Facebook', bing: 'Bing' }),
  ...broughtPlatforms.map(({ platform, title }) => [platform, title] as const),
]);
const columns = ['label', 'name', 'grain', 'fires on', 'employees', 'value', 'window', 'identifiers', 'action'];
const toRow = (type: ConversionType): string[] => [
  type.label,
  `\`${type.name}\``,
  type.grain,
  describeTrigger(type),
  describeEmployees(type),
  describeValue(type),
  `${type.lookbackHours / 24} days`,
  describeIdentifiers(type),
  describeAction(type),
];

/** A table with its columns in line. */
function toTable(rows: string[][]): string {
  const widths = columns.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
  const line = (cells: string[]): string => `| ${cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}

/** The catalogue as the page docs/conversion-types.md. */
export function describeCatalogue(catalogue: ConversionType[]): string {
  const sections = platforms.flatMap((platform) => {
    const types = catalogue.filter((type) => type.platform === platform);
    return types.length === 0 ? [] : `## ${titles.get(platform)}: ${types.length}\n\n${toTable([columns, ...types.map(toRow)])}`;
  });
  return `# Conversion types

Written by \`npm run rules -- describe --write\` from \`services/eligibility/src/catalogue/catalogue.ts\`; a test holds the two equal.

A type of an _event_ fires once for a company or contact; of a _score_ once for each click; of a _first score_ once, when the score
first reaches the bound. A conversion goes to the last well-formed click of the platform's channel inside the window before it. The action
is the default on the account; \`DESTINATIONS_FILE\` may name another, and must where it is a number.

${sections.join('\n\n')}
`;
}
