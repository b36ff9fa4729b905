// The work of `flowsim export chakra`.
import { ChakraGroups, chakraTrace } from '@flowsim/parser'
import { renderTable } from '@flowsim/report'
import { isKernel, type KernelTrace } from '@flowsim/trace-schema'
import { withExecutionTraces } from '../../inputs/execution-traces.js'
import { loadDatabase } from '../../inputs/kernel-database.js'
import { type LoadedTrace, loadTraces, noteRepairs } from '../../inputs/load-trace.js'
import { ranksOfLoaded, requireOneJob } from '../../inputs/ranks.js'
import { tracePaths } from '../../inputs/trace-paths.js'
import { Outputs } from '../../program/outputs.js'
import { note, print, printJson } from '../../program/print.js'
import { formatNs } from '../../program/progress.js'
import { requireKernels } from '../simulate/predict.js'
import type { ExportChakraFlags } from './flags.js'

export async function exportChakra(
  given: readonly string[],
  flags: ExportChakraFlags,
): Promise<void> {
  const options = await withExecutionTraces(flags, { salvage: flags.salvage ?? false })
  const loaded: LoadedTrace[] = []
  const paths = await tracePaths(given)
  for await (const each of loadTraces(paths, await loadDatabase(undefined), {
    ...options,
    steps: flags.steps,
  })) {
    noteRepairs(each.trace)
    requireKernels(each.trace)
    noteDevices(each.trace)
    loaded.push(each)
  }
  requireOneJob(loaded, flags.ranks, 'export the traces of one job')
  const ranks = ranksOfLoaded(loaded, flags.ranks)
  const groups = new ChakraGroups()
  const outputs = await Outputs.into(flags.output)
  const rows: ({ rank: number; file: string } & Awaited<
    ReturnType<typeof chakraTrace>
  >['report'])[] = []
  try {
    for (const [i, { trace }] of loaded.entries()) {
      const { rank } = ranks[i]!
      const { bytes, report } = await chakraTrace(trace, groups)
      const file = `${flags.name}.${rank}.et`
      await outputs.add(file, bytes)
      rows.push({ rank, file, ...report })
    }
    if (Object.keys(groups.ranks).length > 0) {
      await outputs.add('groups.json', `${JSON.stringify(groups.ranks)}\n`)
    }
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
    renderTable(
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
