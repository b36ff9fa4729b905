// The work of `flowsim external plan --simulator astra-sim`: workloads of one collective each.
import {
  astraSimCollectives,
  collectiveName,
  collectiveOfName,
  inputBytes,
} from '@flowsim/external'
import { ChakraGroups, chakraTrace } from '@flowsim/parser'
import type { KernelTrace } from '@flowsim/trace-schema'
import { tableTrace } from '../../inputs/load-trace.js'
import { readAmount } from '../../program/amount.js'
import { CliError } from '../../program/errors.js'
import { Outputs } from '../../program/outputs.js'
import { print, printJson } from '../../program/print.js'
import { shellLines } from '../../program/shell-lines.js'
import type { PlanFlags } from './flags.js'

export async function planAstraSim(trace: string | undefined, flags: PlanFlags): Promise<void> {
  const { ops, npus, sizes, output } = flags
  if (trace !== undefined || flags.stats !== undefined || flags.budget !== undefined) {
    throw new CliError('usage', 'traces, --stats and --budget belong to --simulator accel-sim')
  }
  if (npus === undefined || output === undefined) {
    throw new CliError('usage', '--simulator astra-sim: needs --npus and -o')
  }
  const runs = astraSimCollectives({ ops, npus, ...bytesOf(sizes) })
  const outputs = await Outputs.into(output)
  try {
    for (const run of runs) {
      const { bytes } = await chakraTrace(collectiveTrace(run), new ChakraGroups())
      for (let npu = 0; npu < npus; npu++) {
        await outputs.add(`${collectiveName(run)}.${npu}.et`, bytes)
      }
    }
    // A workload of a former grid would be run with these.
    outputs.replaces((name) => {
      const [, workload] = /^(.+)\.\d+\.et$/.exec(name) ?? []
      return workload !== undefined && collectiveOfName(workload) !== null
    })
    await outputs.commit()
  } catch (error) {
    await outputs.discard()
    throw error
  }
  if (flags.json) {
    printJson({ schema: 'flowsim.astra-sim-plan/1', collectives: runs, folder: output })
    return
  }
  print(`${runs.length} workloads of one collective each, for ${npus} NPUs, in ${output}`)
  print('Simulate them:')
  print(
    shellLines(
      `flowsim external run ${output} --simulator astra-sim --config system=… --config network=… --config remote-memory=… -o DIR`,
    ),
  )
}

/** `1024:268435456`, `1KiB:256MiB`, or one size. */
function bytesOf(range: string): { fromBytes: number; toBytes: number } {
  const ends = range.split(':')
  const [fromBytes, toBytes = fromBytes] = ends.map((end) => readAmount(end)?.value)
  if (ends.length > 2 || fromBytes === undefined || toBytes === undefined) {
    throw new CliError('usage', `--sizes ${range}: write FROM:TO in bytes, such as 1KiB:256MiB`)
  }
  return { fromBytes, toBytes }
}

/** A collective of all NPUs and nothing else. */
function collectiveTrace(run: Parameters<typeof inputBytes>[0]): KernelTrace {
  const trace = tableTrace(collectiveName(run), [
    {
      ...{ kind: 'collective', name: collectiveName(run), device: 0, stream: 0 },
      ...{ startNs: 0, durationNs: 0, shapesFrom: 'none' },
      collective: { kind: run.op, dtype: 'int8', inElements: inputBytes(run), groupSize: run.npus },
    },
  ])
  return { ...trace, worldSize: run.npus }
}
