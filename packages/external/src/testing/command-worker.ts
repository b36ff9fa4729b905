// The thread of command models, and a process that uses one, built from their sources.
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

/** Builds it into a folder. */
export async function builtWorker(folder: string): Promise<URL> {
  return pathToFileURL(await built('../command-worker.ts', join(folder, 'command-worker.mjs')))
}

/** Builds the process that asks a program. */
export function builtAsker(folder: string): Promise<string> {
  return built('./command-asker.ts', join(folder, 'command-asker.mjs'))
}

async function built(source: string, outfile: string): Promise<string> {
  await build({
    entryPoints: [fileURLToPath(new URL(source, import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@flowsim/source'],
    logLevel: 'silent',
  })
  return outfile
}
