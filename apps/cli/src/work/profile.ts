// The work of `flowsim profile`: runs, and the merge of their shape pass into their timing pass.

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { kinetoLines } from '@flowsim/parser'
import { parseFile } from '@flowsim/parser/node'
import {
  measureCollectives,
  mergeShapes,
  type PointRecord,
  type ProfileOptions,
  parseSweep,
  pointName,
  type RunRecord,
  profile as runProfile,
  type ShapeMergeReport,
  settingsOf,
  splitWords,
} from '@flowsim/profiler-runner'
import { Command } from 'commander'
import { addLoadOptions, type LoadFlags } from '../commands/bench.js'
import type { ProfileFlags } from '../commands/profile.js'
import { CliError } from '../program/errors.js'
import { Outputs } from '../program/outputs.js'
import { note, print, printJson } from '../program/print.js'
import { loadOf } from './bench.js'
import { interruption } from './interruption.js'

export async function profile(flags: ProfileFlags): Promise<void> {
  if (flags.nccl !== undefined) return collectives(flags)
  const signal = interruption()
  const record = await runProfile({ ...(await optionsOf(flags)), signal, onProgress: note })
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

async function optionsOf(flags: ProfileFlags): Promise<ProfileOptions> {
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
    throw new CliError('usage', `profile.engine: "${engine}" is none of sglang, vllm, custom`)
  }
  return {
    engine,
    outDir: flags.output,
    serverArgs: splitWords(flags.serverOpts),
    passes: flags.passes,
    steps: flags.steps,
    warmups: flags.warmups,
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
    ...(flags.ranks === undefined ? {} : { ranks: flags.ranks }),
    ...(flags.shapeLabels === undefined ? {} : { shapeLabels: flags.shapeLabels }),
    ...(flags.servedModel === undefined ? {} : { model: flags.servedModel }),
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

/** A merged trace and what the merge did. */
interface MergedTrace {
  path: string
  report: ShapeMergeReport
}

// Traces of the two passes belong together when point, rank and stage are the same. Two captures under
// load hold other steps, so there is nothing to merge.
async function mergePasses(record: RunRecord, outDir: string): Promise<MergedTrace[]> {
  const shapes = new Map(tracesOf(record, 'shapes').map(({ key, path }) => [key, path]))
  const merged: MergedTrace[] = []
  for (const { key, name, path } of tracesOf(record, 'timing')) {
    const shapePath = shapes.get(key)
    if (shapePath === undefined) continue
    note(`merging ${path}`)
    // With the host's calls, so that the merged trace can be replayed.
    const timing = await parseFile(join(outDir, path), { hostCalls: true })
    const result = mergeShapes(timing, await parseFile(join(outDir, shapePath)))
    const folder = join(outDir, 'merged')
    await mkdir(folder, { recursive: true })
    const file = `${name}.trace.json.gz`
    await Outputs.file(join(folder, file), kinetoLines(result.trace))
    merged.push({ path: join('merged', file), report: result.report })
  }
  if (merged.length > 0) {
    await Outputs.file(
      join(outDir, 'merged', 'report.json'),
      `${JSON.stringify(merged, null, 2)}\n`,
    )
  }
  return merged
}

function tracesOf(record: RunRecord, pass: PointRecord['pass']) {
  return record.points
    .filter(({ pass: of, point }) => of === pass && (point !== null || record.load === undefined))
    .flatMap(({ point, traces }) =>
      traces.map(({ path, rank, stage }) => {
        const name = `${point === null ? 'script' : pointName(point)}-${rank}-${stage}`
        // vLLM's ranks carry the number of their process in older versions; order tells them then.
        return { key: name.replace(/rank-/, ''), name, path }
      }),
    )
}

function printRecord(record: RunRecord, merged: readonly MergedTrace[], outDir: string): void {
  for (const { pass, point, status, traces, error } of record.points) {
    const name = point === null ? 'load' : pointName(point)
    print(
      `${pass.padEnd(7)} ${name.padEnd(32)} ${status === 'ok' ? `${traces.length} traces` : `failed: ${error}`}`,
    )
  }
  for (const { path, report } of merged) {
    const share = (100 * report.timeShare).toFixed(1)
    print(`merged  ${path}: ${share} % of kernel time has shapes`)
    for (const { name, missing, reason } of report.mismatches.slice(0, 5)) {
      note(`  ${missing} × ${name.slice(0, 80)}: ${reason.replaceAll('_', ' ')}`)
    }
  }
  print(`in ${outDir}`)
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
  else print(`${rows.length} measurements in ${join(flags.output, 'nccl.csv')}`)
}
