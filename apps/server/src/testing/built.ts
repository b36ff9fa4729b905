// Modules that tests run in their own threads and processes, bundled from the sources: what is tested
// is never an older build.
import { copyFileSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const require = createRequire(import.meta.url)

/** Bundles a module of src/ into a folder that looks like the package, and gives where it lies. */
export async function bundle(module: string): Promise<URL> {
  const name = `${module.split('/').at(-1)}.mjs`
  return bundleAll({ [name]: new URL(`../${module}.ts`, import.meta.url) })
}

/** Bundles modules under these names into one folder, once for all tests of a process, and gives where the first lies. */
export function bundleAll(entries: Readonly<Record<string, URL>>): Promise<URL> {
  const key = JSON.stringify(entries)
  let made = bundles.get(key)
  if (made === undefined) {
    made = bundleNow(entries)
    bundles.set(key, made)
  }
  return made
}

const bundles = new Map<string, Promise<URL>>()

async function bundleNow(entries: Readonly<Record<string, URL>>): Promise<URL> {
  removeStale()
  const folder = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  copyFileSync(
    fileURLToPath(new URL('../../package.json', import.meta.url)),
    join(folder, 'package.json'),
  )
  // Where the calibrated model looks for its data, seen from dist/.
  symlinkSync(
    fileURLToPath(new URL('../../../../packages/calibration/profiles', import.meta.url)),
    join(folder, 'profiles'),
  )
  const files = Object.entries(entries).map(([name, entry]) => {
    const outfile = join(folder, 'dist', name)
    return bundleInto(outfile, entry).then(() => pathToFileURL(outfile))
  })
  return (await Promise.all(files))[0]!
}

const PREFIX = 'flowsim-bundle-'

/** Removes bundles of processes that are gone: a worker of the tests that is ended tidies up nothing. */
function removeStale(): void {
  for (const name of readdirSync(tmpdir()).filter((each) => each.startsWith(PREFIX))) {
    const pid = Number(/^\d+(?=-)/.exec(name.slice(PREFIX.length))?.[0])
    if (pid > 0 && !isRunning(pid)) rmSync(join(tmpdir(), name), { recursive: true, force: true })
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

async function bundleInto(outfile: string, entry: URL): Promise<void> {
  await build({
    entryPoints: [fileURLToPath(entry)],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    conditions: ['@flowsim/source'],
    // Loaded where they are installed, and only by those who need them.
    external: ['@kubernetes/client-node', '@duckdb/node-api'],
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
}
