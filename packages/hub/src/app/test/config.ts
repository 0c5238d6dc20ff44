// Configurations for tests of the hub, read by the real loader from a file in the test's own folder.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatProblems, type HubConfig, loadConfigFile } from '@guardia/model';
import { onTestFinished } from 'vitest';

/** A folder that is gone after the test. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'guardia-hub-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes what a user would write. @returns the file */
export function writeConfig(folder: string, config: object): string {
  const file = join(folder, 'guardia.json');
  writeFileSync(file, JSON.stringify(config));
  return file;
}

/** Loads a configuration that must be right. */
export async function configOf(file: string): Promise<HubConfig> {
  const loaded = await loadConfigFile(file, { env: {} });
  if (!loaded.ok) throw new Error(formatProblems(loaded.problems));
  return loaded.config;
}

/** What a user would write, loaded. */
export function loadedConfig(config: object): Promise<HubConfig> {
  return configOf(writeConfig(testFolder(), config));
}
