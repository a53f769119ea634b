import { defineConfig } from 'vitest/config'

const shared = {
  pool: 'forks' as const,
  testTimeout: 30_000,
  hookTimeout: 60_000,
  teardownTimeout: 20_000,
}

export default defineConfig({
  test: {
    // The engine, the broker and the browser share two cores: more files at once only makes each slower.
    maxWorkers: 2,
    projects: [
      { test: { ...shared, name: 'unit', include: ['tests/unit/**/*.test.ts'] } },
      {
        test: {
          ...shared,
          name: 'services',
          include: ['tests/{conformance,browser,faults}/**/*.test.ts'],
          // One broker, one ClickHouse and one built page for the whole run.
          globalSetup: ['tests/services/global-setup.ts'],
        },
      },
      {
        test: {
          ...shared,
          // Quality on recorded data, which lies beside the project: not part of `npm test`.
          name: 'gates',
          include: ['tests/gates/**/*.test.ts'],
          globalSetup: ['tests/services/global-setup.ts'],
        },
      },
    ],
  },
})
