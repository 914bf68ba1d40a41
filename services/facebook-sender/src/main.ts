import { runSender } from '@waybill/shared/sender';
import { readFacebookSenderConfig } from './config.ts';
import { connectFacebook } from './platform.ts';

await runSender('facebook-sender', readFacebookSenderConfig, connectFacebook);
