// The thread of command models, built from its source.
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

/** Builds it into a folder. */
export async function builtWorker(folder: string): Promise<URL> {
  const outfile = join(folder, 'command-worker.mjs')
  await build({
    entryPoints: [fileURLToPath(new URL('../command-worker.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
  })
  return pathToFileURL(outfile)
}
