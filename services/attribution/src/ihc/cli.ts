import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { runCli, UsageError } from '@waybill/shared/cli';
import { connect } from '@waybill/shared/db';
import { z } from 'zod';
import { placesOf } from '../money/decimal.ts';
import { defaultPauseMs } from './api/call-api.ts';
import { scoreByApi } from './api/score-by-api.ts';
import { type RunOptions, readIhcArguments, type TrainOptions, usage } from './arguments.ts';
import { readApiSettings, readDatabaseUrl } from './config.ts';
import { formatRefusal, formatRun } from './format-run.ts';
import { createIhcModel } from './model/ihc-model.ts';
import { defaultParameters, parametersSchema } from './model/parameters.ts';
import { redistributionSchema } from './model/redistribute.ts';
import { readJourneys } from './read-journeys.ts';
import { toCsv } from './report.ts';
import { runIhc } from './run-ihc.ts';
import type { IhcStore } from './store/ihc-store.ts';
import { createPostgresStore } from './store/postgres-store.ts';
import { openSqliteStore } from './store/sqlite-store.ts';
import { trainIhc } from './train/train.ts';

const attempts = 6;
/** The type of conversions that none was named for, as the column of Postgres has it. */
const untyped = 'default';
const say = (line: string): void => void process.stderr.write(`${line}\n`);

function readJsonFile<T>(file: string, schema: z.ZodType<T>): T {
  if (!existsSync(file)) throw new UsageError(`${file}: there is no such file`);
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new Error(`${file}: ${error instanceof z.ZodError ? z.prettifyError(error) : 'is no JSON'}`);
  }
}

function openStore(options: RunOptions | TrainOptions): IhcStore {
  const { database, currency } = options;
  const conversionType = options.conversionType ?? untyped;
  const places = placesOf(currency);
  if (database !== null)
    return openSqliteStore({ file: database, write: options.action === 'run' && options.write, conversionType, places });
  const db = connect(readDatabaseUrl(), 2);
  return { ...createPostgresStore(db, { conversionType, places }), close: () => db.destroy() };
}

async function run(store: IhcStore, options: RunOptions): Promise<void> {
  const { range, currency, limits, conversionType } = options;
  const settings = readApiSettings();
  const byApi = settings.IHC_API_KEY !== undefined;
  if (byApi && conversionType === null)
    throw new UsageError('Give --conv-type: the IHC API scores by the conversion type that was trained.');
  const redistribution = options.redistribution === null ? undefined : readJsonFile(options.redistribution, redistributionSchema);
  const parameters = options.parameters === null ? defaultParameters : readJsonFile(options.parameters, parametersSchema);
  const model = createIhcModel(parameters, redistribution);
  const endpoint = {
    ...{
      url: settings.IHC_API_URL,
      apiKey: settings.IHC_API_KEY ?? '',
      timeoutMs: settings.IHC_TIMEOUT_MS,
      conversionType: conversionType ?? untyped,
    },
    ...(redistribution === undefined ? {} : { redistribution }),
  };
  const calls = {
    parallelCalls: settings.IHC_PARALLEL_CALLS,
    callsPerSecond: settings.IHC_CALLS_PER_SECOND,
    attempts,
    pauseMs: defaultPauseMs,
  };
  const done = await runIhc(store, {
    ...{ range, currency, model },
    askApi: byApi ? (journeys) => scoreByApi(journeys, { ...calls, endpoint, limits, say }) : null,
  });
  const places = placesOf(currency);
  for (const refusal of done.refused) say(formatRefusal(refusal));
  if (options.out !== null) writeFileSync(options.out, toCsv(done.report, places));
  const creditor = byApi ? `the IHC API, conversion type ${conversionType}` : `the local model ${model.name} ${model.version}`;
  process.stdout.write(formatRun(done, { currency, places, creditor }));
  if (options.database !== null && !options.write)
    process.stdout.write(`\n${options.database} was only read; --write writes the results into it.\n`);
  if (done.unscoredReasons.length === 0) return;
  for (const { conversionId, reason } of done.unscoredReasons) say(`conversion ${conversionId}: ${reason}`);
  throw new Error(`The IHC API left ${done.unscoredReasons.length} conversions without credit. Run the same range again.`);
}

async function train(store: IhcStore, { range, currency, parameters: prior, out }: TrainOptions): Promise<void> {
  const { journeys, refused } = await readJourneys(store, range, currency);
  for (const refusal of refused) say(formatRefusal(refusal));
  const { parameters, kept } = trainIhc(journeys, prior === null ? defaultParameters : readJsonFile(prior, parametersSchema));
  writeFileSync(out, `${JSON.stringify(parameters, null, 2)}\n`);
  const telling = journeys.filter(({ touches }) => touches.length > 1).length;
  process.stdout.write(`${out}: parameters from ${telling} journeys of several sessions, version ${createIhcModel(parameters).version}.\n`);
  if (kept.length > 0) process.stdout.write(`Too few journeys tell of ${kept.join(', ')}: kept as before.\n`);
}

await runCli(usage, async () => {
  const options = readIhcArguments(process.argv.slice(2));
  if (options === null) return void process.stdout.write(usage);
  const store = openStore(options);
  try {
    await (options.action === 'train' ? train(store, options) : run(store, options));
  } finally {
    await store.close();
  }
});
