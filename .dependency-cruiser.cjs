// The table of docs/architecture.md as rules: which package may import which, siblings of the hub only through
// public.ts, and no cycles. scripts/test.ts fails when a run saw no modules.
const MAY_IMPORT = {
  kernel: [],
  model: [],
  db: ['kernel', 'model'],
  series: ['kernel', 'model', 'db'],
  archive: ['model', 'series'],
  checks: ['model'],
  agent: ['kernel', 'model', 'checks'],
  hub: ['kernel', 'model', 'db', 'series', 'archive', 'checks'],
  cli: ['kernel', 'model', 'db', 'series', 'archive', 'checks', 'agent', 'hub'],
  testing: ['kernel', 'model'],
};
const TEST_FILE = '(\\.test\\.ts$|/test/|/conformance(/|\\.ts$))';

const packageRules = Object.entries(MAY_IMPORT).map(([name, allowed]) => ({
  name: `package-${name}`,
  comment: `${name} may import only: ${allowed.join(', ') || 'nothing of ours'}`,
  severity: 'error',
  from: { path: `^packages/${name}/`, pathNot: TEST_FILE },
  to: { path: '^packages/', pathNot: [name, ...allowed].map((other) => `^packages/${other}/`) },
}));

module.exports = {
  forbidden: [
    ...packageRules,
    {
      name: 'tests-may-also-use-testing',
      comment: 'Tests obey the same table, and may use the testing package.',
      severity: 'error',
      from: { path: '^packages/(kernel|model)/.*\\.test\\.ts$' },
      to: { path: '^packages/(hub|agent|cli|db|series)/' },
    },
    {
      name: 'hub-siblings-only-through-public',
      comment:
        'A domain of the hub sees of its siblings public.ts at most; app/ wires them; lib/ is for all.',
      severity: 'error',
      from: {
        path: '^packages/hub/src/(collect|alerts|services|rules|api|targets|timeline)/',
        pathNot: TEST_FILE,
      },
      to: {
        path: '^packages/hub/src/(collect|alerts|services|rules|api|targets|timeline|app)/',
        pathNot: ['^packages/hub/src/$1/', '/public\\.ts$'],
      },
    },
    {
      name: 'lib-knows-no-domain',
      severity: 'error',
      from: { path: '^packages/hub/src/lib/' },
      to: { path: '^packages/hub/src/(collect|alerts|services|rules|api|targets|timeline|app)' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'production-code-imports-no-tests',
      severity: 'error',
      from: { path: '^packages/(?!testing)[^/]+/src/', pathNot: TEST_FILE },
      to: { path: ['\\.test\\.ts$', '^packages/testing/', '^e2e/', '^bench/'], pathNot: [] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|coverage|fixtures)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.mjs', '.js', '.cjs'],
    },
  },
};
