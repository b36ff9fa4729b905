// Counters of Nsight Compute that commands are given beside a trace.

import { checkWork, readCounters, type WorkCheck } from '@flowsim/analysis'
import { counted } from '@flowsim/trace-schema'
import { CliError } from '../program/errors.js'
import { note } from '../program/print.js'
import { formatShare } from '../program/progress.js'
import type { LoadedTrace } from './load-trace.js'
import { readText } from './read-json.js'

/** The work of a trace's kernels beside what `--ncu` measured; undefined without it. */
export async function measuredWorkOf(
  loaded: readonly LoadedTrace[],
  path: string | undefined,
): Promise<WorkCheck | undefined> {
  if (path === undefined) return undefined
  if (loaded.length > 1) {
    throw new CliError('usage', '--ncu: is of one process; give the trace of its rank alone')
  }
  const [{ trace, operations }] = loaded as [LoadedTrace]
  const check = checkWork(trace, operations, readCounters(await readText(path), { source: path }))
  const { joined, unjoined } = check
  if (joined.count === 0) {
    throw new CliError(
      'failure',
      `${path}: none of its ${unjoined} kernels is in ${trace.source}, by name, grid and block; measure the program that the trace is of`,
    )
  }
  const others = unjoined === 0 ? '' : `; ${unjoined} of its kernels are not in the trace`
  note(
    `${path}: measured ${counted(joined.count, 'kernel')} of the trace (${formatShare(joined.timeShare)} of kernel time)${others}`,
  )
  return check
}
