// The work of `flowsim examples`. The build lays the repository's examples beside the program.
import { cpSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { makeFolder } from '@flowsim/trace-schema/node'
import { CliError } from '../../program/errors.js'
import { note, print, printJson } from '../../program/print.js'
import { packageFolder } from '../../version.js'
import type { ExamplesFlags } from './flags.js'

const DEMO = 'demo/llama-3.1-8b-4layers.tp2.rank0.trace.json.gz'

export function copyExamples(flags: ExamplesFlags): void {
  const folder = resolve(flags.output)
  if (existsSync(folder)) {
    throw new CliError('failure', `${folder}: is there already; name another folder with -o`)
  }
  copyWhole(join(packageFolder, 'dist', 'examples'), folder)
  const outputs = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  if (flags.json) {
    printJson({ schema: 'flowsim.examples/1', outputs })
    return
  }
  for (const path of outputs) print(path)
  note(`try: flowsim run ${join(flags.output, DEMO)}`)
  note(`     flowsim serving run ${join(flags.output, 'serving/llama-8b.yaml')}`)
}

/** Copies a folder whole or not at all. */
function copyWhole(from: string, to: string): void {
  const parent = dirname(to)
  let stage: string | undefined
  try {
    makeFolder(parent)
    stage = mkdtempSync(join(parent, '.flowsim-examples-'))
    cpSync(from, join(stage, 'all'), { recursive: true })
    renameSync(join(stage, 'all'), to)
  } catch (cause) {
    const { message } = cause as Error
    throw new CliError('failure', `${to}: cannot be written: ${message}`, { cause })
  } finally {
    if (stage !== undefined) rmSync(stage, { recursive: true, force: true })
  }
}
