import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.ts', 'e2e/src/**/*.test.ts', 'bench/**/*.test.ts'],
    pool: 'forks',
    // the default leaves one core to the reporter, which needs none: half of two
    maxWorkers: '100%',
    // Tests wait for signals and real programs, which a busy machine starts ten times as slowly: these ends are for what
    // hangs. The default of `expect.poll` is a second.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts'],
      exclude: ['**/*.test.ts', '**/test/**', '**/*.d.ts'],
      reporter: ['json-summary', 'text-summary'],
    },
  },
});
