import { runSender } from '@waybill/shared/sender';
import { readGoogleSenderConfig } from './config.ts';
import { connectGoogle } from './platform.ts';

await runSender('google-sender', readGoogleSenderConfig, connectGoogle);
