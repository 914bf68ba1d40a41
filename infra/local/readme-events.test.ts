import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { trackingEventSchema } from '@waybill/shared/messages';

const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
const whole = (line: string): string => line.replace(/"([0-9a-f]{4})…([0-9a-f]{2})"/g, '"$1c0de-0000-4000-8000-0000000000$2"');
const [, block] = /```json\n(\{ "version": 1, "kind"[\s\S]*?)```/.exec(readme) ?? [];
const examples = (block ?? '').split('\n\n').map((example): { kind: string } => JSON.parse(whole(example)));

describe('the events in the README', () => {
  it.each(examples.map((event) => [event.kind, event] as const))('%s can be read as it stands there', (_, event) => {
    expect(trackingEventSchema.safeParse(event).error).toBeUndefined();
  });

  it('are one of each kind', () => {
    const known = ['session-started', 'lead-captured', 'signup-completed', 'identity-linked', 'identity-unlinked'];
    expect(examples.map(({ kind }) => kind)).toEqual(known);
  });
});
