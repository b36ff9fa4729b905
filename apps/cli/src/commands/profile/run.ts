// The work of `flowsim profile`.

import { join } from 'node:path'
import {
  measureCollectives,
  type ProfileOptions,
  parseSweep,
  pointName,
  type RunRecord,
  profile as runProfile,
  type SassTraceRecord,
  settingsOf,
  splitWords,
} from '@flowsim/profiler-runner'
import { counted } from '@flowsim/trace-schema'
import { Command } from 'commander'
import { tracerVariables } from '../../inputs/accel-sim-plan.js'
import { CliError } from '../../program/errors.js'
import { interruption } from '../../program/interruption.js'
import { say } from '../../program/lines.js'
import { Outputs } from '../../program/outputs.js'
import { note, print, printJson } from '../../program/print.js'
import { stage } from '../../program/progress.js'
import { addLoadOptions, type LoadFlags } from '../bench/flags.js'
import { loadOf } from '../bench/run.js'
import type { ProfileFlags } from './flags.js'
import { type MergedTrace, mergePasses } from './merge-passes.js'

export async function profile(flags: ProfileFlags, passesAreGiven: boolean): Promise<void> {
  if (flags.nccl !== undefined) return collectives(flags)
  const signal = interruption()
  const record = await runProfile({
    ...(await optionsOf(flags, passesAreGiven)),
    signal,
    onProgress: stage,
  })
  const merged = flags.passes.length > 1 ? await mergePasses(record, flags.output) : []
  if (flags.json) printJson({ ...record, merged })
  else printRecord(record, merged, flags.output)
  const failed = record.points.filter(({ status }) => status === 'failed')
  if (failed.length > 0) {
    const names = failed.map(({ point }) => (point === null ? 'load' : pointName(point)))
    throw new CliError(
      'failure',
      `${failed.length} of ${record.points.length} captures failed: ${names.join(', ')}; see ${join(flags.output, 'client.log')}`,
    )
  }
}

async function optionsOf(flags: ProfileFlags, passesAreGiven: boolean): Promise<ProfileOptions> {
  const settings = settingsOf('profile.', {
    flags: {
      engine: flags.engine,
      'server-command': flags.serverCommand,
      'startup-timeout': flags.startupTimeout,
      'trace-timeout': flags.traceTimeout,
    },
  })
  const engine = settings['profile.engine'] as ProfileOptions['engine']
  const command = settings['profile.serverCommand']
  if (!['sglang', 'vllm', 'custom'].includes(engine)) {
    throw new CliError('usage', `profile.engine: "${engine}" is not one of sglang, vllm, custom`)
  }
  return {
    engine,
    outDir: flags.output,
    serverArgs: splitWords(flags.serverOpts),
    ...(passesAreGiven || flags.sassTrace === undefined ? { passes: flags.passes } : {}),
    ...(flags.sassTrace === undefined ? {} : { sassTrace: await tracerVariables(flags.sassTrace) }),
    steps: flags.numSteps,
    warmups: flags.warmup,
    retries: flags.retries,
    seed: flags.seed,
    env: environmentOf(flags.env ?? []),
    withStack: flags.withStack === true,
    startupTimeoutMs: Number(settings['profile.startupTimeoutS']) * 1000,
    traceTimeoutMs: Number(settings['profile.traceTimeoutS']) * 1000,
    ...(command === undefined ? {} : { serverCommand: splitWords(String(command)) }),
    ...(flags.sweep === undefined ? {} : { points: parseSweep(flags.sweep) }),
    ...(flags.benchOpts === undefined ? {} : { load: await benchLoad(flags.benchOpts, engine) }),
    ...(flags.attach === undefined ? {} : { attachUrl: flags.attach }),
    ...(flags.traceDir === undefined ? {} : { traceDir: flags.traceDir }),
    ...(flags.host === undefined ? {} : { host: flags.host }),
    ...(flags.port === undefined ? {} : { port: flags.port }),
    ...(flags.numRanks === undefined ? {} : { ranks: flags.numRanks }),
    captureGraphs: flags.captureGraphs ?? false,
    ...(flags.shapeLabels === undefined ? {} : { shapeLabels: flags.shapeLabels }),
    ...(flags.servedModelName === undefined ? {} : { model: flags.servedModelName }),
  }
}

async function benchLoad(words: string, engine: ProfileOptions['engine']) {
  const command = addLoadOptions(new Command('--bench-opts').exitOverride())
  command.parse(splitWords(words), { from: 'user' })
  const flags = command.opts<LoadFlags>()
  const isDefault = command.getOptionValueSource('protocol') === 'default'
  const protocol = isDefault && engine === 'sglang' ? 'sglang' : flags.protocol
  return loadOf({ ...flags, protocol })
}

function environmentOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      if (at < 1) throw new CliError('usage', `--env ${pair}: write NAME=VALUE`)
      return [pair.slice(0, at), pair.slice(at + 1)]
    }),
  )
}

function printRecord(record: RunRecord, merged: readonly MergedTrace[], outDir: string): void {
  for (const { pass, point, status, traces, error } of record.points) {
    const name = point === null ? 'load' : pointName(point)
    const made = pass === 'sass' ? 'run under the tracer' : counted(traces.length, 'trace')
    say(`${pass.padEnd(7)} ${name.padEnd(32)} ${status === 'ok' ? made : `failed: ${error}`}`)
  }
  for (const { path, report } of merged) {
    const share = (100 * report.timeShare).toFixed(1)
    print(`merged  ${path}: ${share} % of kernel time has shapes`)
    for (const { name, missing, reason } of report.mismatches.slice(0, 5)) {
      note(`  ${missing} × ${name.slice(0, 80)}: ${reason.replaceAll('_', ' ')}`)
    }
  }
  if (record.sassTrace !== undefined) printSassTrace(record.sassTrace)
  print(`in ${outDir}`)
}

function printSassTrace({ folder, lists, recorded }: SassTraceRecord): void {
  for (const list of lists) print(`all launches are listed in ${list}`)
  if (recorded === 0) print('none was recorded: plan again with the list as --stats')
  else print(`${recorded} launches recorded in ${folder}: process them, then flowsim external run`)
}

async function collectives(flags: ProfileFlags): Promise<void> {
  const [from, to = from] = flags.ncclSizes.split(':').map(Number)
  if (!(from! > 0 && to! >= from!)) {
    throw new CliError('usage', `--nccl-sizes ${flags.ncclSizes}: write FROM:TO in bytes`)
  }
  const folder = settingsOf('profile.', { flags: { 'nccl-tests': flags.ncclTests } })[
    'profile.ncclTests'
  ]
  const rows = await measureCollectives({
    ops: flags.nccl!,
    dtype: flags.ncclDtype,
    gpus: flags.ncclGpus,
    minBytes: from!,
    maxBytes: to!,
    signal: interruption(),
    ...(folder === undefined ? {} : { folder: String(folder) }),
  })
  const columns = Object.keys(rows[0]!) as (keyof (typeof rows)[number])[]
  const lines = rows.map((row) => columns.map((column) => row[column]).join(','))
  await Outputs.file(
    join(flags.output, 'nccl.csv'),
    `${[columns.join(','), ...lines].join('\n')}\n`,
  )
  if (flags.json) printJson(rows)
  else print(`${counted(rows.length, 'measurement')} in ${join(flags.output, 'nccl.csv')}`)
}
