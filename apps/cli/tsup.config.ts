/**
 * The command in few files: what it loads at every start is bundled, FlowSim's packages and small libraries
 * alike. Opening 200 files costs more than reading what is in them.
 */
import { cpSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Options } from 'tsup'
import base from '../../tsup.base.js'
import { withDirectImports } from './scripts/direct-imports.js'
import { noticesOf } from './scripts/notices.js'

const yaml = createRequire(import.meta.url).resolve('yaml/package.json')

type Plugin = NonNullable<Options['esbuildPlugins']>[number]

const packages = join(import.meta.dirname, '../../packages')

/**
 * FlowSim's sources, with imports that name files. Files that a package reads or starts (profiles, workers, its
 * package.json) stay with that package: a module's address is the package's entry, wherever its code is bundled.
 */
const sources: Plugin = {
  name: 'sources of FlowSim',
  setup(build) {
    build.onLoad({ filter: /\/(?:packages|apps)\/[^/]+\/src\/.*\.tsx?$/ }, ({ path }) => {
      const text = withDirectImports(readFileSync(path, 'utf8'), packages)
      const loader = path.endsWith('x') ? 'tsx' : 'ts'
      const name = /\/packages\/([^/]+)\/src\//.exec(path)?.[1]
      if (name === undefined) return { contents: text, loader }
      const manifest = `import.meta.resolve('@flowsim/${name}/package.json')`
      const url = `new URL('dist/index.js', ${manifest}).href`
      return { contents: text.replaceAll('import.meta.url', url), loader }
    })
  },
}

/** Data as text that JSON.parse reads: half the time of the same data as an expression of JavaScript. */
const dataAsText: Plugin = {
  name: 'data as text',
  setup(build) {
    build.onLoad({ filter: /\/packages\/[^/]+\/.*\.json$/ }, ({ path }) => {
      const data = JSON.stringify(JSON.stringify(JSON.parse(readFileSync(path, 'utf8'))))
      return { contents: `export default /* @__PURE__ */ JSON.parse(${data})` }
    })
  },
}

/** Without the 50 languages in which zod can complain: FlowSim words faults itself, in English. */
const englishAlone: Plugin = {
  name: 'English alone',
  setup(build) {
    build.onLoad({ filter: /\/zod\/v4\/locales\/index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js'",
    }))
  },
}

export default {
  ...base,
  // What `flowsim examples` copies, so that nobody needs a clone to try the command: 50 KB.
  async onSuccess() {
    const filter = (path: string) => !path.includes('node_modules')
    cpSync('../../examples', 'dist/examples', { recursive: true, filter })
  },
  noExternal: [
    // The service brings libraries of the web, and is loaded where it is needed.
    /^@flowsim\/(?!server)/,
    'commander',
    'csv-parse',
    'd3-array',
    'yaml',
    'zod',
  ],
  // What a user adds.
  external: ['@duckdb/node-api', '@kubernetes/client-node', 'sql.js'],
  esbuildPlugins: [sources, dataAsText, englishAlone, noticesOf('dist/third-party.txt')],
  esbuildOptions(options, context) {
    base.esbuildOptions(options, context)
    options.conditions = ['@flowsim/source']
    // Of yaml the ES modules, which are the same code.
    options.alias = { yaml: join(yaml, '../browser/index.js') }
    // commander is CommonJS and requires modules of Node.
    options.banner = {
      js: "import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);",
    }
  },
} satisfies Options
