/** The rules of CONTRIBUTING.md's map: imports point upstream, stages meet at contracts and ports. */
const PORTS = [
  '^ingest/contract\\.ts$',
  '^ingest/base/',
  '^ingest/topic/topic\\.ts$',
  '^ingest/sources/source\\.ts$',
  '^ingest/sources/push/port\\.ts$',
  '^classify/contract\\.ts$',
  '^classify/store/(store|sql)\\.ts$',
  '^classify/(changes|likes)\\.ts$',
  '^classify/claims/group\\.ts$',
  '^api/contract\\.ts$',
  '^api/spikes/detector\\.ts$',
]

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'upstream-only-ingest',
      comment: 'ingest is the first stage: it imports nothing of the later ones',
      severity: 'error',
      from: { path: '^ingest/' },
      to: { path: '^(classify|api|dashboards|tests)/' },
    },
    {
      name: 'upstream-only-classify',
      severity: 'error',
      from: { path: '^classify/' },
      to: { path: '^(api|dashboards|tests)/' },
    },
    {
      name: 'upstream-only-api',
      comment: 'only page.ts starts the build of the page',
      severity: 'error',
      from: { path: '^api/', pathNot: '^api/boot/page\\.ts$' },
      to: { path: '^(dashboards|tests)/' },
    },
    {
      name: 'upstream-only-dashboards',
      severity: 'error',
      from: { path: '^dashboards/' },
      to: { path: '^tests/' },
    },
    {
      name: 'classify-meets-ingest-at-ports',
      severity: 'error',
      from: { path: '^classify/' },
      to: { path: '^ingest/', pathNot: PORTS },
    },
    {
      name: 'api-meets-earlier-stages-at-ports',
      comment: 'only api/boot imports adapters and pipelines',
      severity: 'error',
      from: { path: '^api/', pathNot: '^api/boot/' },
      to: { path: '^(ingest|classify)/', pathNot: PORTS },
    },
    {
      name: 'boot-is-the-root',
      comment: 'nothing but boot itself imports boot',
      severity: 'error',
      from: { path: '^(ingest|classify|api|dashboards)/', pathNot: '^api/boot/' },
      to: { path: '^api/boot/' },
    },
    {
      name: 'page-knows-the-contracts-only',
      severity: 'error',
      from: { path: '^dashboards/' },
      to: {
        path: '^(ingest|classify|api)/',
        pathNot: ['^(ingest|classify|api)/contract\\.ts$', '^ingest/base/'],
      },
    },
    {
      name: 'page-imports-types-only',
      comment: 'a value of a contract would bring zod into the page',
      severity: 'error',
      from: { path: '^dashboards/' },
      to: { path: '^(ingest|classify|api)/contract\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'environment-in-one-place',
      comment: 'adapters are chosen in backends.ts alone',
      severity: 'error',
      from: { path: '^api/boot/', pathNot: '^api/boot/(backends|bench/.*)\\.ts$' },
      to: { path: '^(ingest/topic/(kafka|queue)|classify/store/(chdb|clickhouse))\\.ts$' },
    },
    {
      name: 'no-natural-root',
      comment: "natural's root loads database drivers",
      severity: 'error',
      from: {},
      to: { path: 'node_modules/natural/lib/natural/index\\.js$' },
    },
    {
      name: 'no-dev-dependency-in-product',
      severity: 'error',
      from: { path: '^(ingest|classify|api|dashboards)/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: '@types/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
}
