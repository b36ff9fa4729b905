// Modules that tests run in threads and processes of their own, bundled from the sources.
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const require = createRequire(import.meta.url)

/** Bundles a module of src/ into a folder that looks like the package, and gives where it lies. */
export async function bundle(module: string): Promise<URL> {
  const folder = mkdtempSync(join(tmpdir(), 'flowsim-bundle-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  copyFileSync(
    fileURLToPath(new URL('../../package.json', import.meta.url)),
    join(folder, 'package.json'),
  )
  const outfile = join(folder, 'dist', `${module.split('/').at(-1)}.mjs`)
  await build({
    entryPoints: [fileURLToPath(new URL(`../${module}.ts`, import.meta.url))],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    conditions: ['@flowsim/source'],
    plugins: [
      {
        // It finds its WebAssembly beside itself, so it must stay where it is.
        name: 'sqlite stays outside',
        setup({ onResolve }) {
          onResolve({ filter: /^node-sqlite3-wasm$/ }, () => ({
            path: pathToFileURL(require.resolve('node-sqlite3-wasm')).href,
            external: true,
          }))
        },
      },
    ],
    banner: {
      js: `import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(${JSON.stringify(import.meta.url)});`,
    },
    logLevel: 'error',
  })
  return pathToFileURL(outfile)
}
