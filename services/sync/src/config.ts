import {
  databaseSettings,
  pubsubSettings,
  readConfig,
  runStatementSetting,
  scheduleSetting,
  serviceSettings,
} from '@waybill/shared/config';
import { z } from 'zod';

const table = z.string().regex(/^[\w-]+\.\w+\.[\w-]+$/, 'must be project.dataset.table');

export const schema = z.object({
  ...serviceSettings,
  ...databaseSettings,
  ...runStatementSetting,
  ...pubsubSettings,
  ...scheduleSetting,
  /** The project that pays for the queries; unset: GOOGLE_CLOUD_PROJECT. */
  BIGQUERY_PROJECT: z.string().min(1).optional(),
  /** Unset: Google's. A plain http:// address is a local server, to which nothing is signed. */
  BIGQUERY_API_ENDPOINT: z.url().optional(),
  COMPANY_SCORES_TABLE: table.default('ct-dbt.stg.stg_ds_to_de_cp'),
  CONTACT_CP_SCORES_TABLE: table.default('ct-data-science-v2.cp.ds_cp_contact_table_score'),
  CONTACT_ACV_SCORES_TABLE: table.default('ct-data-science-v2.acv.ds_acv_contact_table_score'),
  /** Scores older than this are held. A day and a little: the models run daily. */
  MAX_SCORE_AGE_HOURS: z.coerce.number().positive().default(26),
  /** Of one source, where its model runs at other times. */
  COMPANY_SCORES_MAX_AGE_HOURS: z.coerce.number().positive().optional(),
  CONTACT_CP_SCORES_MAX_AGE_HOURS: z.coerce.number().positive().optional(),
  CONTACT_ACV_SCORES_MAX_AGE_HOURS: z.coerce.number().positive().optional(),
  /** Held when a source has fewer or more rows than these shares of its last good run, or of the median of the last seven. */
  MIN_ROW_SHARE: z.coerce.number().min(0).max(1).default(0.7),
  MAX_ROW_SHARE: z.coerce.number().min(1).default(2),
  /** Held when more than this share of the rows read is unusable. */
  MAX_QUARANTINED_SHARE: z.coerce.number().min(0).max(1).default(0.01),
  /** Held when a column's share of nulls rises by more than this above the mean of the last good runs. */
  MAX_NULL_SHARE_RISE: z.coerce.number().min(0).max(1).default(0.05),
  /** Held when a column's mean grows or shrinks by more than this factor beside that of the last good runs. */
  MAX_MEAN_FACTOR: z.coerce.number().min(1).default(3),
});

export const readSyncConfig = () => readConfig(schema, process.env);
