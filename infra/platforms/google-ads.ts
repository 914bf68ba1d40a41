import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import {
  type GrpcObject,
  type handleUnaryCall,
  loadPackageDefinition,
  Server,
  ServerCredentials,
  type ServiceClientConstructor,
  status,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import selfsigned from 'selfsigned';
import type { Accepted, AcceptedConversion } from './accepted.ts';

const resolve = createRequire(import.meta.url).resolve;
const version = 'v25';
const protoFolders = [join(dirname(resolve('google-ads-node')), '../protos'), join(dirname(resolve('google-gax')), '../protos')];

interface ClickConversion {
  gclid: string;
  wbraid: string;
  gbraid: string;
  conversion_action: string;
  conversion_date_time: string;
  conversion_value: number;
  currency_code: string;
  order_id: string;
  user_identifiers: unknown[];
}
interface UploadRequest {
  customer_id: string;
  conversions: ClickConversion[];
  partial_failure: boolean;
}

export interface GoogleAdsStandIn {
  url: string;
  /** The certificate that a client must trust. */
  caFile: string;
  stop(): Promise<void>;
}

const clickOf = ({ gclid, wbraid, gbraid }: ClickConversion): string | null => [gclid, wbraid, gbraid].find((id) => id) ?? null;

function toAccepted(account: string, conversion: ClickConversion): AcceptedConversion {
  const action = conversion.conversion_action.split('/').at(-1) ?? '';
  return {
    account,
    action,
    key: JSON.stringify([account, action, conversion.order_id || `${clickOf(conversion)} ${conversion.conversion_date_time}`]),
    eventId: conversion.order_id || null,
    clickId: clickOf(conversion),
    occurredAt: conversion.conversion_date_time,
    value: conversion.conversion_value === undefined ? null : String(conversion.conversion_value),
    currency: conversion.currency_code || null,
  };
}

/** The name of the error for which Google would refuse the row, or null. */
function errorOf(conversion: ClickConversion, account: string, accepted: Accepted, now: Date): string | null {
  if (conversion.gbraid && conversion.wbraid) return 'GBRAID_WBRAID_BOTH_SET';
  if (conversion.gclid && !/^[A-Za-z0-9_-]{10,}$/.test(conversion.gclid)) return 'UNPARSEABLE_GCLID';
  if (clickOf(conversion) === null && conversion.user_identifiers.length === 0) return 'UNPARSEABLE_GCLID';
  const at = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d\d:\d\d$/.test(conversion.conversion_date_time)
    ? Date.parse(conversion.conversion_date_time.replace(' ', 'T'))
    : Number.NaN;
  if (Number.isNaN(at)) return 'CONVERSION_PRECEDES_EVENT';
  if (now.getTime() - at > 90 * 86_400_000) return 'EXPIRED_EVENT';
  return accepted.has(toAccepted(account, conversion).key) ? 'CLICK_CONVERSION_ALREADY_EXISTS' : null;
}

async function createCertificate(folder: string): Promise<{ key: string; cert: string; caFile: string }> {
  const extensions = [
    { name: 'basicConstraints' as const, cA: true },
    {
      name: 'subjectAltName' as const,
      altNames: [
        { type: 2 as const, value: 'localhost' },
        { type: 7 as const, ip: '127.0.0.1' },
      ],
    },
  ];
  const made = await selfsigned.generate([{ name: 'commonName', value: 'localhost' }], { algorithm: 'sha256', extensions });
  mkdirSync(folder, { recursive: true });
  const caFile = join(folder, 'google-ads-ca.pem');
  writeFileSync(caFile, made.cert);
  return { key: made.private, cert: made.cert, caFile };
}

/** Starts ConversionUploadService over gRPC and TLS; what it takes goes into the same store as Data Manager's. */
export async function startGoogleAdsStandIn(options: { accepted: Accepted; folder: string; now: () => Date }): Promise<GoogleAdsStandIn> {
  const { accepted, now } = options;
  const { protos } = await import('google-ads-node');
  const { ConversionUploadErrorEnum, GoogleAdsFailure } = protos.google.ads.googleads[version].errors;
  const codes = ConversionUploadErrorEnum.ConversionUploadError as unknown as Record<string, number>;

  const upload: handleUnaryCall<UploadRequest, unknown> = (call, answer) => {
    const { customer_id: account, conversions, partial_failure } = call.request;
    if (!/^Bearer ya29\.local-\d+$/.test(String(call.metadata.get('authorization')[0])))
      return answer({ code: status.UNAUTHENTICATED, details: 'the token is not known' });
    if (!partial_failure || conversions.length > 2_000)
      return answer({ code: status.INVALID_ARGUMENT, details: 'partial failure mode, and at most 2,000 conversions' });
    const names = conversions.map((conversion) => errorOf(conversion, account, accepted, now()));
    accepted.take(conversions.filter((_, index) => names[index] === null).map((conversion) => toAccepted(account, conversion)));
    const errors = names.flatMap((name, index) =>
      name === null
        ? []
        : [
            {
              error_code: { conversion_upload_error: codes[name] ?? 0 },
              message: name,
              location: { field_path_elements: [{ field_name: 'conversions', index }] },
            },
          ],
    );
    const failure = GoogleAdsFailure.encode(GoogleAdsFailure.fromObject({ errors, request_id: 'local' })).finish();
    const partial = {
      code: 3,
      message: 'Multiple errors',
      details: [{ type_url: `type.googleapis.com/google.ads.googleads.${version}.errors.GoogleAdsFailure`, value: failure }],
    };
    answer(null, { job_id: 1, results: conversions.map(() => ({})), ...(errors.length === 0 ? {} : { partial_failure_error: partial }) });
  };

  const loaded = loadSync(`google/ads/googleads/${version}/services/conversion_upload_service.proto`, {
    includeDirs: protoFolders,
    keepCase: true,
    defaults: true,
    longs: Number,
  });
  const root = loadPackageDefinition(loaded) as GrpcObject;
  const services = ['google', 'ads', 'googleads', version, 'services'].reduce<GrpcObject>((at, name) => at[name] as GrpcObject, root);
  const server = new Server({ 'grpc.max_receive_message_length': -1 });
  server.addService((services.ConversionUploadService as ServiceClientConstructor).service, { UploadClickConversions: upload });
  const { key, cert, caFile } = await createCertificate(options.folder);
  const credentials = ServerCredentials.createSsl(null, [{ private_key: Buffer.from(key), cert_chain: Buffer.from(cert) }]);
  const port = await new Promise<number>((resolvePort, reject) =>
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error === null ? resolvePort(bound) : reject(error))),
  );
  return { url: `https://localhost:${port}`, caFile, stop: async () => server.forceShutdown() };
}
