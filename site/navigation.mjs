// The one navigation: every page of the site, by the path of its Markdown. A test holds it against the folders.

/** Sections of the site, in the order of the side bar. */
export const NAVIGATION = [
  { title: 'Start', pages: ['docs/README.md', 'docs/gallery.md'] },
  {
    title: 'Tutorials',
    pages: [
      'docs/tutorials/README.md',
      'docs/tutorials/first-trace.md',
      'docs/tutorials/slow-decode.md',
      'docs/tutorials/would-a-b200-help.md',
      'docs/tutorials/size-a-cluster.md',
      'docs/tutorials/calibrate-my-machine.md',
      'docs/tutorials/my-own-simulator.md',
    ],
  },
  {
    title: 'Guides',
    pages: [
      'docs/profile.md',
      'docs/parse.md',
      'docs/trace-formats.md',
      'docs/kernels.md',
      'docs/analysis.md',
      'docs/report.md',
      'docs/perf-model.md',
      'docs/calibrated-model.md',
      'docs/hardware.md',
      'docs/replay.md',
      'docs/external.md',
      'docs/models.md',
      'docs/serving.md',
      'docs/jobs.md',
      'docs/serve.md',
      'docs/security.md',
      'docs/python.md',
      'docs/migrate.md',
      'docs/*.md',
      'examples/README.md',
      'examples/*/README.md',
    ],
  },
  {
    title: 'Reference',
    pages: [
      'docs/commands.md',
      'docs/operations.md',
      'docs/devices.md',
      'docs/glossary.md',
      'docs/architecture.md',
      'docs/versioning.md',
    ],
  },
  {
    title: 'Packages',
    pages: ['packages/*/README.md', 'apps/*/README.md', 'python/README.md'],
    collapsed: true,
  },
  {
    title: 'Accuracy',
    pages: [
      'docs/accuracy.md',
      'docs/accuracy-serving.md',
      'docs/accuracy-serving-runs.md',
      'docs/accuracy-inferencex.md',
      'docs/reliability.md',
      'docs/performance.md',
    ],
  },
  {
    title: 'Contributing',
    pages: [
      'CONTRIBUTING.md',
      'SECURITY.md',
      'docs/contributing/README.md',
      'docs/contributing/*.md',
    ],
  },
]
