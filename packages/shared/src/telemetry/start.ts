// Loaded by `node --import` before a service, so that telemetry stands before the first line of it runs.
// Without OTEL_EXPORTER_OTLP_ENDPOINT nothing is loaded and the API's no-ops serve.
// biome-ignore lint/style/noProcessEnv: telemetry starts before any config is read
if (process.env.OTEL_EXPORTER_OTLP_ENDPOINT) {
  const { NodeSDK } = await import('@opentelemetry/sdk-node');
  const sdk = new NodeSDK();
  sdk.start();
  process.once('SIGTERM', () => void sdk.shutdown());
}
