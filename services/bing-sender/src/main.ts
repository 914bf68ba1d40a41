import { runSender } from '@waybill/shared/sender';
import { readBingSenderConfig } from './config.ts';
import { connectBing } from './platform.ts';

await runSender('bing-sender', readBingSenderConfig, connectBing);
