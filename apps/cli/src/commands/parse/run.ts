// The work of `flowsim parse`.
import { matchReference, unknownKernels } from '@flowsim/kernel-db'
import {
  flowsimCsv,
  type KernelRow,
  kernelCsvLines,
  kernelJsonLines,
  kernelParquet,
  withoutKernels,
} from '@flowsim/parser'
import { fileText } from '@flowsim/parser/node'
import { summarizeTrace } from '@flowsim/pipeline'
import type { ParseSummary } from '@flowsim/trace-schema'
import { captureOptions, noteGraphs } from '../../inputs/captures.js'
import { withExecutionTraces } from '../../inputs/execution-traces.js'
import { loadDatabase } from '../../inputs/kernel-database.js'
import { type LoadedTrace, loadTraces, noteRepairs } from '../../inputs/load-trace.js'
import { givenRank } from '../../inputs/ranks.js'
import { traceName } from '../../inputs/trace-name.js'
import { tracePaths } from '../../inputs/trace-paths.js'
import { tableText } from '../../program/lines.js'
import { Outputs } from '../../program/outputs.js'
import { print, printJson } from '../../program/print.js'
import { formatNs, formatShare } from '../../program/progress.js'
import type { ParseFlags } from './flags.js'

export async function parse(given: readonly string[], flags: ParseFlags): Promise<void> {
  const paths = await tracePaths(given)
  const database = await loadDatabase(flags.compat === undefined ? flags.kernels : undefined)
  const outputs = await Outputs.into(flags.output)
  const summaries: ParseSummary[] = []
  try {
    const captures = await captureOptions(flags, {
      stacks: flags.stacks,
      salvage: flags.salvage ?? false,
    })
    const options = await withExecutionTraces(flags, captures)
    givenRank(flags.ranks, 0, paths)
    for await (const loaded of loadTraces(paths, database, { ...options, steps: flags.steps })) {
      Object.assign(loaded.trace, givenRank(flags.ranks, summaries.length, paths))
      summaries.push(await writeOne(loaded, paths.length, outputs, flags))
    }
    await outputs.commit()
  } catch (error) {
    await outputs.discard()
    throw error
  }
  if (flags.json) printJson(summaries.length === 1 ? summaries[0] : { traces: summaries })
  else printSummaries(summaries, outputs)
}

async function writeOne(
  loaded: LoadedTrace,
  count: number,
  outputs: Outputs,
  flags: ParseFlags,
): Promise<ParseSummary> {
  const { path } = loaded
  const before = outputs.paths.length
  noteRepairs(loaded.trace)
  noteGraphs(loaded.trace)
  const name = traceName(path)
  if (flags.compat === 'flowsim') {
    const csv = await flowsimCsv(fileText(path), { lookup: matchReference, source: path })
    await outputs.add(`${name}.kernels.csv`, csv)
  } else await addTables(name, loaded, outputs, flags)
  await addUnknown(count === 1 ? '' : `${name}.`, loaded, outputs)
  const summary = summarizeTrace(loaded.trace, loaded.operations, outputs.paths.slice(before))
  summary.outputs.push(`${outputs.folder}/${name}.summary.json`)
  await outputs.add(`${name}.summary.json`, `${JSON.stringify(summary, null, 2)}\n`)
  if (loaded.trace.kernels.length === 0) {
    outputs.noteWritten(withoutKernels(loaded.trace).message)
  }
  return summary
}

/** Kernel tables in the formats asked for. */
export async function addTables(
  name: string,
  { trace, operations }: LoadedTrace,
  outputs: Outputs,
  { format, raw }: Pick<ParseFlags, 'format' | 'raw'>,
): Promise<void> {
  const rows = trace.kernels.map((event, i): KernelRow => ({ event, operation: operations[i] }))
  for (const each of format) {
    if (each === 'csv')
      await outputs.add(`${name}.kernels.csv`, kernelCsvLines(rows, { raw: raw === true }))
    if (each === 'jsonl') await outputs.add(`${name}.kernels.jsonl`, kernelJsonLines(rows))
    if (each === 'parquet') await outputs.add(`${name}.kernels.parquet`, await kernelParquet(rows))
  }
}

/** Kernels that no rule knows, in the form that `flowsim kernels add` takes. */
export async function addUnknown(
  prefix: string,
  { trace, operations }: LoadedTrace,
  outputs: Outputs,
): Promise<void> {
  const unknown = unknownKernels(trace, operations)
  await outputs.add(`${prefix}unknown-kernels.json`, `${JSON.stringify(unknown, null, 2)}\n`)
  if (unknown.kernels.length > 0) {
    outputs.noteWritten(
      `${trace.source}: ${unknown.kernels.length} unknown kernels in ${prefix}unknown-kernels.json; complete them and run flowsim kernels add`,
    )
  }
}

function printSummaries(summaries: readonly ParseSummary[], outputs: Outputs): void {
  const right = { align: 'right' } as const
  print(
    tableText(
      [
        { label: 'trace', flexible: 'middle' },
        { label: 'device', flexible: true, priority: -2 },
        { label: 'kernels', ...right },
        { label: 'sum', ...right },
        { label: 'busy', ...right },
        { label: 'window', ...right, priority: -1 },
        { label: 'known', ...right },
        { label: 'shapes', ...right },
        { label: 'unlinked', ...right, priority: -1 },
      ],
      summaries.map(({ source, device, kernels, known, shapes, unlinked }) => [
        source,
        device ?? '-',
        String(kernels.count),
        formatNs(kernels.sumNs),
        formatNs(kernels.busyNs),
        formatNs(kernels.windowNs),
        formatShare(known.timeShare),
        formatShare(shapes.timeShare),
        String(unlinked.count),
      ]),
    ),
  )
  print()
  for (const path of outputs.paths) print(path)
}
