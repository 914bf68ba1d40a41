/** Ends what `jest-setup` has started. */
export default async function tearDown(): Promise<void> {
  await globalThis.stopTestPostgres?.();
}
