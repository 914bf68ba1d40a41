import { runSender } from '@waybill/shared/sender';
import { readLinkedInSenderConfig } from './config.ts';
import { connectLinkedIn } from './platform.ts';

await runSender('linkedin-sender', readLinkedInSenderConfig, connectLinkedIn);
