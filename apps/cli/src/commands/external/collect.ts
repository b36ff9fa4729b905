// The work of `flowsim external collect`.
import { type AccelSimKernel, type AccelSimLog, type Join, joinAccelSim } from '@flowsim/external'
import { parseFile } from '@flowsim/parser/node'
import { counted } from '@flowsim/trace-schema'
import { csvText } from '../../program/csv.js'
import { CliError } from '../../program/errors.js'
import { Outputs } from '../../program/outputs.js'
import { note, print, printJson } from '../../program/print.js'
import { logsOf } from './collect-logs.js'
import type { CollectFlags } from './flags.js'
import { printCollected } from './print.js'

/** What was simulated under one configuration. */
export interface Collected {
  /** Folder of the configuration; empty for logs that are given by name. */
  configuration: string
  logs: AccelSimLog[]
  /** Launches that the run was to simulate and that left nothing yet. */
  notBegun: number
  kernels: AccelSimKernel[]
  /** `null` without a trace. */
  join: Join | null
}

export async function collectResults(
  folder: string | undefined,
  flags: CollectFlags,
): Promise<void> {
  if (flags.npus !== undefined) {
    throw new CliError('usage', '--npus: belongs to --simulator astra-sim')
  }
  const found = await logsOf(folder, flags)
  const trace =
    flags.trace === undefined ? undefined : await parseFile(flags.trace, { stacks: 'none' })
  const collected = found.map(({ configuration, logs, notBegun }): Collected => {
    const kernels = inOrderOfLaunch(logs)
    const join = trace === undefined ? null : joinAccelSim(kernels, trace)
    return { configuration, logs, notBegun, kernels, join }
  })
  const files = flags.output === undefined ? [] : await write(flags.output, collected, flags)
  if (flags.json) {
    printJson({
      schema: 'flowsim.external-collect/1',
      simulator: flags.simulator,
      configurations: collected.map(({ configuration, logs, notBegun, kernels, join }) => ({
        configuration,
        notBegun,
        logs: logs.map(({ source, simulator, coreClockHz, begun, kernels: done, failure }) => ({
          source,
          simulator,
          coreClockHz,
          begun,
          finished: done.length,
          failure,
        })),
        kernels,
        join,
      })),
      outputs: files,
    })
  } else {
    printCollected(collected, trace)
    for (const file of files) print(`written: ${file}`)
  }
  const failed = collected.flatMap(({ logs }) => logs).filter(({ failure }) => failure !== null)
  for (const { source, failure, kernels } of failed) {
    const kept = kernels.length === 0 ? 'nothing before it' : `${kernels.length} before it kept`
    note(`${source}: ${failure!.code}: ${failure!.message} (${kept})`)
  }
  for (const { configuration, notBegun } of collected) {
    if (notBegun === 0) continue
    note(`${configuration}: ${counted(notBegun, 'job')} not begun; see flowsim jobs status`)
  }
  if (failed.length > 0 || collected.some(({ notBegun }) => notBegun > 0)) process.exitCode = 1
}

/** The kernels of all logs; of one log each, by the number of the launch. */
function inOrderOfLaunch(logs: readonly AccelSimLog[]): AccelSimKernel[] {
  const kernels = logs.flatMap((log) => log.kernels)
  if (logs.length === 1 || kernels.some(({ launchNumber }) => launchNumber === null)) return kernels
  return kernels.sort((a, b) => a.launchNumber! - b.launchNumber!)
}

/** Every kernel, and with a trace the table for `replay --times`, a pair a configuration. */
async function write(
  folder: string,
  collected: readonly Collected[],
  { raw }: CollectFlags,
): Promise<string[]> {
  const outputs = await Outputs.into(folder)
  try {
    for (const { configuration, kernels, join } of collected) {
      const suffix = collected.length === 1 ? '' : `.${configuration}`
      await outputs.add(`kernels${suffix}.csv`, csvText(kernelRows(kernels), { raw }))
      if (join !== null) {
        await outputs.add(`times${suffix}.csv`, csvText(timeRows(join), { raw }))
      }
    }
    outputs.replaces((name) => /^(?:kernels|times)(?:\..+)?\.csv$/.test(name))
    await outputs.commit()
  } catch (error) {
    await outputs.discard()
    throw error
  }
  return [...outputs.paths]
}

function* kernelRows(kernels: readonly AccelSimKernel[]) {
  yield [
    'launch_number',
    'uid',
    'kernel',
    'grid',
    'block',
    'registers_per_thread',
    'shared_memory_bytes',
    'cycles',
    'launch_latency_cycles',
    'simulated_us',
    'warp_instructions',
    'l2_accesses',
    'l2_misses',
    'dram_reads',
    'l2_state',
  ]
  for (const kernel of kernels) {
    yield [
      kernel.launchNumber,
      kernel.uid,
      kernel.name,
      kernel.grid?.join('x'),
      kernel.block?.join('x'),
      kernel.registersPerThread,
      kernel.sharedMemoryBytes,
      kernel.cycles,
      kernel.launchLatencyCycles,
      microseconds(kernel.durationNs),
      kernel.warpInstructions,
      kernel.l2Accesses,
      kernel.l2Misses,
      kernel.dramReads,
      kernel.l2State,
    ]
  }
}

function* timeRows({ kernels }: Join) {
  yield ['index', 'name', 'duration_us', 'measured_us', 'launch_number', 'cycles', 'l2_state']
  for (const { index, name, durationNs, measuredNs, launchNumber, cycles, l2State } of kernels) {
    const times = [microseconds(durationNs), microseconds(measuredNs)]
    yield [index, name, ...times, launchNumber, cycles, l2State]
  }
}

function microseconds(ns: number | null): number | null {
  return ns === null ? null : Number((ns / 1000).toPrecision(9))
}
