import { readCliSettings } from '@waybill/shared/cli';
import { schema } from '../config.ts';

const { DATABASE_URL, CLOCK_AT, DESTINATIONS_FILE, SCORES_MAX_AGE_HOURS } = schema.shape;

/** The settings of eligibility that its rules depend on. */
export const readRulesSettings = () => readCliSettings('DATABASE_URL', { DATABASE_URL, CLOCK_AT, DESTINATIONS_FILE, SCORES_MAX_AGE_HOURS });
