import { readFileSync } from 'node:fs'
import type { Options } from 'tsup'

/**
 * JavaScript only: `tsc -b` writes the declarations beside it. The entries are the source files
 * that package.json names under the condition `@flowsim/source`.
 */
const pkg = JSON.parse(readFileSync('package.json', 'utf8')) as {
  exports: Record<string, string | Record<string, unknown>>
}
const entries = Object.values(pkg.exports).flatMap((target) =>
  typeof target === 'object' ? [target['@flowsim/source'] as string] : [],
)

export default {
  entry: entries,
  format: ['esm'],
  target: 'node20',
  sourcemap: false,
  clean: true,
  // What is downloaded and parsed at every start: names stay, so that stacks can be read.
  esbuildOptions(options) {
    options.minifyWhitespace = true
  },
} satisfies Options
