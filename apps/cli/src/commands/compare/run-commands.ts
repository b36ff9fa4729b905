// Runs of a comparison that other programs make: each is run to its end, and what it wrote is looked for. A program
// that is not installed is left out, in one line that says how to get it.

import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { ProfilerRunnerError, runCommand, splitWords } from '@flowsim/profiler-runner'
import type { ComparedCommand } from '@flowsim/serving-sim'
import { CliError } from '../../program/errors.js'
import { interruption } from '../../program/interruption.js'
import { note } from '../../program/print.js'
import { stage } from '../../program/progress.js'

/** Where to get programs, by the word that names them. */
const SOURCES: readonly (readonly [word: RegExp, source: string])[] = [
  [/vidur/i, 'github.com/microsoft/vidur'],
  [/aiconfigurator/i, 'pip install aiconfigurator'],
  [/\bblis\b|inference-sim/i, 'github.com/inference-sim/inference-sim'],
  [/llmservingsim|-m serving\b/i, 'github.com/casys-kaist/LLMServingSim'],
  [/guidellm/i, 'pip install guidellm'],
  [/aiperf/i, 'pip install aiperf'],
  [/vllm/i, 'pip install vllm'],
  [
    /sglang_simulator|simulator\/bench_/i,
    'tools/sglang-simulator of github.com/sgl-project/sglang',
  ],
  [/sglang/i, 'pip install sglang'],
]

/**
 * Runs the programs, one after the other, in the folder of the comparison.
 * @param scratch - folder for what they are given and write
 * @returns the file of each run that has one
 */
export async function runCommands(
  file: string,
  commands: readonly ComparedCommand[],
  scratch: string,
): Promise<Map<string, string>> {
  const signal = commands.length === 0 ? undefined : interruption()
  const cwd = dirname(resolve(file))
  const results = new Map<string, string>()
  for (const [i, { name, command, requests, timeoutS, workload }] of commands.entries()) {
    const place = (part: string) => join(scratch, `${i}-${part}`)
    const [workloadFile, output] = [place('workload'), place('output')]
    writeFileSync(workloadFile, workload)
    mkdirSync(output)
    const filled = (text: string) =>
      text.replaceAll('{workload}', workloadFile).replaceAll('{output}', output)
    const words = splitWords(command).map(filled)
    stage(`${name}: running ${words[0]}`)
    try {
      await runCommand(words, {
        ...{ cwd, logFile: place('log'), timeoutMs: timeoutS * 1000 },
        signal,
      })
    } catch (error) {
      if (!isAbsent(error)) throw failed(name, error)
      note(
        `${name}: left out: ${words[0]} is not installed here, or a part of it; ${sourceOf(command)}`,
      )
      continue
    }
    results.set(name, resultOf(name, filled(requests), cwd))
  }
  return results
}

/** Whether the program, or the module that Python was to run, is not there. */
function isAbsent(error: unknown): boolean {
  if (!(error instanceof ProfilerRunnerError)) return false
  if (error.code === 'command_not_found') return true
  return error.code === 'server_exited' && /No module named|exit code 127\b/.test(error.message)
}

function failed(name: string, error: unknown): unknown {
  if (!(error instanceof ProfilerRunnerError) || error.code === 'aborted') return error
  return new CliError('failure', `${name}: ${error.message}`, { cause: error })
}

function sourceOf(command: string): string {
  // What follows the first option may name a program that another one imitates: --backend vllm.
  const [program] = command.split(/\s-(?!m\s)/)
  const known = SOURCES.find(([word]) => word.test(program!))
  return known === undefined
    ? 'install it, or leave the run away'
    : `get it by ${known[1]}, or leave the run away`
}

/** The one file that a program wrote. */
function resultOf(name: string, pattern: string, cwd: string): string {
  const found = matching(resolve(cwd, pattern))
  const [path] = found
  if (path !== undefined && found.length === 1) return path
  throw new CliError(
    'failure',
    found.length === 0
      ? `${name}: has ended, and no file is ${pattern}`
      : `${name}: ${found.length} files are ${pattern}; write them into {output}, which is empty before`,
  )
}

/** Files of a path in which `*` stands for any part of a name. */
function matching(pattern: string): string[] {
  let found = ['/']
  for (const part of pattern.split('/').slice(1)) {
    const isName = nameTest(part)
    found = found.flatMap((folder) => {
      if (!part.includes('*')) return [join(folder, part)]
      const names = existsSync(folder) ? readdirSync(folder) : []
      return names.filter(isName).map((name) => join(folder, name))
    })
  }
  return found.filter((path) => existsSync(path))
}

function nameTest(part: string): (name: string) => boolean {
  const escaped = part.split('*').map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  const pattern = new RegExp(`^${escaped.join('.*')}$`)
  return (name) => pattern.test(name)
}
