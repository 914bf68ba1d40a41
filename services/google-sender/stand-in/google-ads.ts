import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
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
import type { Accepted, AcceptedConversion, Adjustment } from '@waybill/shared/stand-in';
import selfsigned from 'selfsigned';

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
interface ConversionAdjustment {
  adjustment_type: string;
  conversion_action: string;
  order_id: string;
  adjustment_date_time: string;
  restatement_value: { adjusted_value: number; currency_code: string } | null;
}
interface AdjustmentRequest {
  customer_id: string;
  conversion_adjustments: ConversionAdjustment[];
  partial_failure: boolean;
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
    ? toMs(conversion.conversion_date_time)
    : Number.NaN;
  if (Number.isNaN(at)) return 'CONVERSION_PRECEDES_EVENT';
  if (now.getTime() - at > 90 * 86_400_000) return 'EXPIRED_EVENT';
  return accepted.has(toAccepted(account, conversion).key) ? 'CLICK_CONVERSION_ALREADY_EXISTS' : null;
}

/** Of an instant as the API writes it, with a blank before the hour. */
const toMs = (dateTime: string): number => Date.parse(dateTime.replace(' ', 'T'));

const adjustedKey = (account: string, { conversion_action, order_id }: ConversionAdjustment): string =>
  JSON.stringify([account, conversion_action.split('/').at(-1) ?? '', order_id]);

/** The name of the error for which Google would refuse the adjustment, or null. */
function errorOfAdjustment(adjustment: ConversionAdjustment, account: string, accepted: Accepted, now: Date): string | null {
  const known = accepted.find(adjustedKey(account, adjustment));
  if (known === undefined) return 'CONVERSION_NOT_FOUND';
  if (known.isRetracted === true) return 'CONVERSION_ALREADY_RETRACTED';
  const occurredMs = toMs(known.occurredAt);
  const ageMs = now.getTime() - occurredMs;
  if (ageMs < 86_400_000) return 'TOO_RECENT_CONVERSION';
  if (ageMs > 54 * 86_400_000) return 'CONVERSION_EXPIRED';
  const adjustedMs = toMs(adjustment.adjustment_date_time);
  if (!(adjustedMs >= occurredMs)) return 'ADJUSTMENT_PRECEDES_CONVERSION';
  if (adjustment.adjustment_type !== 'RESTATEMENT') return null;
  // Google tells restatements of one conversion apart by their time, not by their value.
  const lastMs = Math.max(...(known.history ?? []).map(({ until }) => toMs(until)));
  if (adjustedMs === lastMs) return 'RESTATEMENT_ALREADY_EXISTS';
  return adjustedMs < lastMs ? 'MORE_RECENT_RESTATEMENT_FOUND' : null;
}

function toAdjustment({ adjustment_type, adjustment_date_time, restatement_value }: ConversionAdjustment): Adjustment {
  if (adjustment_type === 'RETRACTION') return { kind: 'retraction' };
  const { adjusted_value, currency_code } = restatement_value ?? { adjusted_value: 0, currency_code: '' };
  return { kind: 'restatement', value: String(adjusted_value), currency: currency_code || null, at: adjustment_date_time };
}

/** The certificate of the folder, made where there is none: a client that trusts it once may trust every later start. */
async function ensureCertificate(folder: string): Promise<{ key: string; cert: string; caFile: string }> {
  const [caFile, keyFile] = [join(folder, 'google-ads-ca.pem'), join(folder, 'google-ads-key.pem')];
  if (existsSync(caFile) && existsSync(keyFile)) return { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(caFile, 'utf8'), caFile };
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
  writeFileSync(keyFile, made.private, { mode: 0o600 });
  writeFileSync(caFile, made.cert);
  return { key: made.private, cert: made.cert, caFile };
}

/** Starts the services of uploads and of adjustments over gRPC and TLS; what it takes goes into the same store as Data Manager's. */
export async function startGoogleAdsStandIn(options: { accepted: Accepted; folder: string; now: () => Date }): Promise<GoogleAdsStandIn> {
  const { accepted, now } = options;
  const { protos } = await import('google-ads-node');
  const { ConversionAdjustmentUploadErrorEnum, ConversionUploadErrorEnum, GoogleAdsFailure } = protos.google.ads.googleads[version].errors;
  const uploadCodes = ConversionUploadErrorEnum.ConversionUploadError as unknown as Record<string, number>;
  const adjustmentCodes = ConversionAdjustmentUploadErrorEnum.ConversionAdjustmentUploadError as unknown as Record<string, number>;

  /** The refusal of a whole call, or null. */
  const refusalOf = (authorization: unknown, partialFailure: boolean, rows: number) => {
    if (!/^Bearer ya29\.local-\d+$/.test(String(authorization))) return { code: status.UNAUTHENTICATED, details: 'the token is not known' };
    if (partialFailure && rows <= 2_000) return null;
    return { code: status.INVALID_ARGUMENT, details: 'partial failure mode, and at most 2,000 rows' };
  };
  /** An answer in partial failure mode: `names` holds each row's error, or null. */
  const toAnswer = (field: string, codeField: string, codes: Record<string, number>, names: (string | null)[]) => {
    const errors = names.flatMap((name, index) =>
      name === null
        ? []
        : [
            {
              error_code: { [codeField]: codes[name] ?? 0 },
              message: name,
              location: { field_path_elements: [{ field_name: field, index }] },
            },
          ],
    );
    const failure = GoogleAdsFailure.encode(GoogleAdsFailure.fromObject({ errors, request_id: 'local' })).finish();
    const partial = {
      code: 3,
      message: 'Multiple errors',
      details: [{ type_url: `type.googleapis.com/google.ads.googleads.${version}.errors.GoogleAdsFailure`, value: failure }],
    };
    return { job_id: 1, results: names.map(() => ({})), ...(errors.length === 0 ? {} : { partial_failure_error: partial }) };
  };

  const upload: handleUnaryCall<UploadRequest, unknown> = (call, answer) => {
    const { customer_id: account, conversions, partial_failure } = call.request;
    const refusal = refusalOf(call.metadata.get('authorization')[0], partial_failure, conversions.length);
    if (refusal !== null) return answer(refusal);
    const names = conversions.map((conversion) => errorOf(conversion, account, accepted, now()));
    accepted.take(conversions.filter((_, index) => names[index] === null).map((conversion) => toAccepted(account, conversion)));
    answer(null, toAnswer('conversions', 'conversion_upload_error', uploadCodes, names));
  };
  const adjust: handleUnaryCall<AdjustmentRequest, unknown> = (call, answer) => {
    const { customer_id: account, conversion_adjustments: adjustments, partial_failure } = call.request;
    const refusal = refusalOf(call.metadata.get('authorization')[0], partial_failure, adjustments.length);
    if (refusal !== null) return answer(refusal);
    const names = adjustments.map((adjustment) => {
      const name = errorOfAdjustment(adjustment, account, accepted, now());
      if (name === null) accepted.adjust(adjustedKey(account, adjustment), toAdjustment(adjustment));
      return name;
    });
    answer(null, toAnswer('conversion_adjustments', 'conversion_adjustment_upload_error', adjustmentCodes, names));
  };

  const files = ['conversion_upload_service', 'conversion_adjustment_upload_service'].map(
    (name) => `google/ads/googleads/${version}/services/${name}.proto`,
  );
  const loaded = loadSync(files, { includeDirs: protoFolders, keepCase: true, defaults: true, longs: Number, enums: String });
  const root = loadPackageDefinition(loaded) as GrpcObject;
  const services = ['google', 'ads', 'googleads', version, 'services'].reduce<GrpcObject>((at, name) => at[name] as GrpcObject, root);
  const server = new Server({ 'grpc.max_receive_message_length': -1 });
  server.addService((services.ConversionUploadService as ServiceClientConstructor).service, { UploadClickConversions: upload });
  const adjustments = services.ConversionAdjustmentUploadService as ServiceClientConstructor;
  server.addService(adjustments.service, { UploadConversionAdjustments: adjust });
  const { key, cert, caFile } = await ensureCertificate(options.folder);
  const credentials = ServerCredentials.createSsl(null, [{ private_key: Buffer.from(key), cert_chain: Buffer.from(cert) }]);
  const port = await new Promise<number>((resolvePort, reject) =>
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error === null ? resolvePort(bound) : reject(error))),
  );
  return { url: `https://localhost:${port}`, caFile, stop: async () => server.forceShutdown() };
}
