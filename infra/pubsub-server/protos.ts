import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Metadata, type ServiceDefinition } from '@grpc/grpc-js';
import { type AnyDefinition, loadSync, type MessageTypeDefinition } from '@grpc/proto-loader';

// The client brings the protos it speaks, and the ones they import come with its own google-gax.
const clientEntry = createRequire(import.meta.url).resolve('@google-cloud/pubsub');
const gaxEntry = createRequire(clientEntry).resolve('google-gax');
const includeDirs = [clientEntry, gaxEntry].map((entry) => join(dirname(entry), '../protos'));

const definitions = loadSync(['google/pubsub/v1/pubsub.proto', 'google/rpc/status.proto', 'google/rpc/error_details.proto'], {
  includeDirs,
  longs: Number,
  enums: String,
  defaults: true,
  oneofs: true,
});

export const publisherService = definitions['google.pubsub.v1.Publisher'] as ServiceDefinition;
export const subscriberService = definitions['google.pubsub.v1.Subscriber'] as ServiceDefinition;

/** The trailer in which the client looks for the fate of each ack id. https://cloud.google.com/pubsub/docs/exactly-once-delivery */
export function toAckErrorTrailer(fateOfAckId: Readonly<Record<string, string>>): Metadata {
  const info = encode('ErrorInfo', { reason: 'INVALID_ACK_IDS', domain: 'pubsub.googleapis.com', metadata: fateOfAckId });
  const details = [{ type_url: 'type.googleapis.com/google.rpc.ErrorInfo', value: info }];
  const trailer = new Metadata();
  trailer.set('grpc-status-details-bin', encode('Status', { code: 9, message: 'some ack ids are invalid', details }));
  return trailer;
}

function encode(type: 'ErrorInfo' | 'Status', value: object): Buffer {
  const definition: AnyDefinition | undefined = definitions[`google.rpc.${type}`];
  return (definition as MessageTypeDefinition<object, object>).serialize(value);
}
