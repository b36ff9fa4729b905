// The work of `flowsim export chakra`.
import { classifyTrace } from '@flowsim/kernel-db'
import { ChakraGroups, chakraTrace } from '@flowsim/parser'
import { isKernel, type KernelTrace } from '@flowsim/trace-schema'
import { withExecutionTraces } from '../../inputs/execution-traces.js'
import { generateTraces } from '../../inputs/generated-traces.js'
import { loadDatabase } from '../../inputs/kernel-database.js'
import { type LoadedTrace, loadTraces, noteRepairs } from '../../inputs/load-trace.js'
import { ranksOfLoaded, requireOneJob } from '../../inputs/ranks.js'
import { tracePaths } from '../../inputs/trace-paths.js'
import { CliError } from '../../program/errors.js'
import { tableText } from '../../program/lines.js'
import { Outputs } from '../../program/outputs.js'
import { note, print, printJson } from '../../program/print.js'
import { formatNs } from '../../program/progress.js'
import { requireKernels } from '../simulate/predict.js'
import type { ExportChakraFlags } from './flags.js'
import { withOwnCollectives } from './own-collectives.js'

export async function exportChakra(
  given: readonly string[],
  flags: ExportChakraFlags,
): Promise<void> {
  if (given.length > 0 === (flags.model !== undefined)) {
    throw new CliError('usage', 'give either traces, or a model with --model')
  }
  const ranked = flags.model === undefined ? await ofTraces(given, flags) : await ofModel(flags)
  const groups = new ChakraGroups()
  const outputs = await Outputs.into(flags.output)
  const rows: ({ rank: number; file: string } & Awaited<
    ReturnType<typeof chakraTrace>
  >['report'])[] = []
  try {
    for (const { rank, trace } of ranked) {
      const { bytes, report } = await chakraTrace(trace, groups)
      const file = `${flags.prefix}.${rank}.et`
      await outputs.add(file, bytes)
      rows.push({ rank, file, ...report })
    }
    if (Object.keys(groups.ranks).length > 0) {
      await outputs.add('groups.json', `${JSON.stringify(groups.ranks)}\n`)
    }
    // Ranks and groups of another job would be simulated with these.
    outputs.replaces(
      (name) =>
        name === 'groups.json' ||
        (name.startsWith(`${flags.prefix}.`) &&
          /^\d+\.et$/.test(name.slice(flags.prefix.length + 1))),
    )
    await outputs.commit()
  } catch (error) {
    await outputs.discard()
    throw error
  }
  for (const name of groups.unknown) {
    note(`group ${name}: no trace says its ranks; add it to groups.json, or give --execution-trace`)
  }
  if (flags.json)
    printJson({ schema: 'flowsim.export-chakra/1', ranks: rows, outputs: outputs.paths })
  else printRows(rows, outputs)
}

interface RankedTrace {
  rank: number
  trace: KernelTrace
}

async function ofTraces(
  given: readonly string[],
  flags: ExportChakraFlags,
): Promise<RankedTrace[]> {
  const options = await withExecutionTraces(flags, { salvage: flags.salvage ?? false })
  const loaded: LoadedTrace[] = []
  const paths = await tracePaths(given)
  const database = await loadDatabase(undefined)
  for await (const each of loadTraces(paths, database, {
    ...options,
    steps: flags.steps,
  })) {
    noteRepairs(each.trace)
    requireKernels(each.trace)
    noteDevices(each.trace)
    loaded.push(each)
  }
  requireOneJob(loaded, flags.ranks, 'export the traces of one job')
  return ranksOfLoaded(loaded, flags.ranks).map(({ rank }, i) => ({
    rank,
    trace: loaded[i]!.trace,
  }))
}

/** Every rank of a run that never was, on the timelines of all. */
async function ofModel(flags: ExportChakraFlags): Promise<RankedTrace[]> {
  for (const option of ['steps', 'ranks', 'executionTrace', 'salvage'] as const) {
    if (flags[option] === undefined) continue
    const name = option.replace(/[A-Z]/, (letter) => `-${letter.toLowerCase()}`)
    throw new CliError('usage', `--${name}: belongs to traces, not to --model`)
  }
  if (flags.pp > 1) {
    throw new CliError(
      'usage',
      '--pp: what the stages of a pipeline send to each other is not written; leave it away',
    )
  }
  const { traces } = await generateTraces(flags.model!, flags, flags.model!)
  const database = await loadDatabase(undefined)
  return traces.map((trace) => ({
    rank: trace.rank!,
    trace: withOwnCollectives(trace, classifyTrace(trace, { database })),
  }))
}

/** A trace is a rank: says it where the trace holds the work of several devices. */
function noteDevices({ source, kernels }: KernelTrace): void {
  const devices = new Set(kernels.filter(isKernel).map(({ device }) => device)).size
  if (devices < 2) return
  note(
    `${source}: holds kernels of ${devices} devices, written as one rank: what runs at once counts once`,
  )
}

function printRows(
  rows: readonly {
    rank: number
    computeNodes: number
    collectives: number
    asCompute: { count: number; timeNs: number }
    idleNs: number
  }[],
  outputs: Outputs,
): void {
  const right = { align: 'right' } as const
  print(
    tableText(
      [
        { label: 'rank', ...right },
        { label: 'compute', ...right },
        { label: 'collectives', ...right },
        { label: 'taken for compute', ...right },
        { label: 'idle left out', ...right },
      ],
      rows.map(({ rank, computeNodes, collectives, asCompute, idleNs }) => [
        String(rank),
        String(computeNodes),
        String(collectives),
        asCompute.count === 0 ? '-' : `${asCompute.count}, ${formatNs(asCompute.timeNs)}`,
        formatNs(idleNs),
      ]),
    ),
  )
  print()
  for (const path of outputs.paths) print(path)
}
