import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { ConfigError } from '@waybill/shared/config';
import { describeError, type Logger, raiseAlert } from '@waybill/shared/telemetry';
import { z } from 'zod';
import { codeOfError } from './code-of-error.ts';

const fileSchema = z.record(z.string(), z.string().min(1));

function readFile(file: string): Record<string, string> {
  return existsSync(file) ? fileSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) : {};
}

/** Replaces the file as a whole, so that whoever reads it finds the old content or the new, never half of one. */
function replaceFile(file: string, tokens: Record<string, string>): void {
  const draft = `${file}.${process.pid}.tmp`;
  writeFileSync(draft, `${JSON.stringify(tokens, null, 2)}\n`, { mode: 0o600, flush: true });
  renameSync(draft, file);
}

/** The newest refresh token of each consent: in memory, and in a file when there is one. */
export interface RefreshTokens {
  find(consent: string): string | null;
  save(consent: string, refreshToken: string): void;
}

/**
 * Opens the store. Throws ConfigError when the file is there but cannot be used. The file is read again for each look-up, so that several
 * processes may share it; a token that could not be written is kept in memory and alerted.
 */
export function openRefreshTokens(file: string | undefined, log: Logger): RefreshTokens {
  const inMemory = new Map<string, string>();
  const unwritten = new Set<string>();
  const written = (): Record<string, string> => {
    if (file === undefined) return {};
    try {
      return readFile(file);
    } catch {
      return {};
    }
  };
  if (file !== undefined) {
    try {
      replaceFile(file, readFile(file));
    } catch (error) {
      const code = codeOfError(error);
      const problem = code === null ? 'is not a file of refresh tokens' : `cannot be used (${code})`;
      throw new ConfigError(`MICROSOFT_TOKEN_FILE ${file}: ${problem}`);
    }
  }
  return {
    find: (consent) => (unwritten.has(consent) ? undefined : written()[consent]) ?? inMemory.get(consent) ?? null,
    save: (consent, refreshToken) => {
      inMemory.set(consent, refreshToken);
      if (file === undefined) return;
      try {
        replaceFile(file, { ...written(), ...Object.fromEntries([...unwritten, consent].map((key) => [key, inMemory.get(key) ?? ''])) });
        unwritten.clear();
      } catch (error) {
        unwritten.add(consent);
        raiseAlert(log, {
          name: 'refresh-token-not-written',
          detail: `the newest refresh token is in memory only: ${describeError(error)}`,
        });
      }
    },
  };
}
