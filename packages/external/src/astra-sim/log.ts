// Reads the output of ASTRA-sim 2: when each NPU had finished its trace, and how much of that it only communicated.
// A cycle is a nanosecond. The slowest NPU is the end of the whole; one that does not report had not finished.
import { ExternalError } from '../errors.js'
import { type Chunks, linesOf } from '../lines.js'

/** An NPU that finished. */
export interface AstraSimNpu {
  npu: number
  finishedNs: number
  /** Communication that no computation hid; `null` where the log does not say. */
  exposedCommunicationNs: number | null
  /** Time that it computed, or communicated, at all; `null` where the log does not say. */
  computeNs: number | null
  communicationNs: number | null
}

/** A run of ASTRA-sim. */
export interface AstraSimLog {
  schema: 'flowsim.astra-sim-log/1'
  source: string
  /** In order of their numbers. */
  npus: AstraSimNpu[]
  /** The slowest of them; `null` where one is missing. */
  endToEndNs: number | null
  /** NPUs that should have reported and did not. */
  missing: number[]
  /** What the log says went wrong. */
  errors: string[]
}

const FINISHED = /\bsys\[(\d+)\] finished, (\d+) cycles(?:, exposed communication (\d+) cycles)?/
const SUMMARY = /\bsys\[(\d+)\], (Wall time|GPU time|Comm time): (\d+)/
const MOST_NPUS = 1_000_000
const MOST_ERRORS = 10

/**
 * Reads a log: stdout, or log/log.log.
 *
 * @param options - `npus` is how many the network has; without it, all up to the highest that reports
 * @throws ExternalError with code `not_a_log`
 */
export async function readAstraSimLog(
  chunks: Chunks,
  { source, npus: count }: { source: string; npus?: number | undefined },
): Promise<AstraSimLog> {
  if (count !== undefined && count > MOST_NPUS) {
    throw new ExternalError('invalid_plan', `${count} NPUs: at most ${MOST_NPUS} are read`)
  }
  const found = new Map<number, AstraSimNpu>()
  const errors: string[] = []
  const totals = new Map<number, Partial<Record<string, number>>>()
  for await (const line of linesOf(chunks)) {
    const finished = FINISHED.exec(line)
    if (finished !== null) {
      const npu = Number(finished[1])
      if (npu >= MOST_NPUS) throw notALog(source, `NPU ${npu} cannot be`)
      found.set(npu, {
        npu,
        finishedNs: Number(finished[2]),
        exposedCommunicationNs: finished[3] === undefined ? null : Number(finished[3]),
        computeNs: null,
        communicationNs: null,
      })
      continue
    }
    const summary = SUMMARY.exec(line)
    if (summary !== null) {
      const npu = Number(summary[1])
      totals.set(npu, { ...totals.get(npu), [summary[2]!]: Number(summary[3]) })
    } else if (/\[(?:error|critical)\]|terminate called|Assertion .* failed/.test(line)) {
      if (errors.length < MOST_ERRORS) errors.push(line.trim().slice(0, 300))
    }
  }
  if (found.size === 0 && errors.length === 0 && count === undefined) {
    throw notALog(source, 'no NPU reports that it finished')
  }
  for (const [npu, values] of totals) {
    const known = found.get(npu)
    if (known === undefined) continue
    known.computeNs = values['GPU time'] ?? null
    known.communicationNs = values['Comm time'] ?? null
  }
  const npus = [...found.values()].sort((a, b) => a.npu - b.npu)
  const expected = count ?? (npus.at(-1)?.npu ?? -1) + 1
  const missing = Array.from({ length: expected }, (_, npu) => npu).filter((npu) => !found.has(npu))
  const isWhole = missing.length === 0 && npus.length > 0
  return {
    schema: 'flowsim.astra-sim-log/1',
    source,
    npus,
    endToEndNs: isWhole
      ? npus.reduce((most, { finishedNs }) => Math.max(most, finishedNs), 0)
      : null,
    missing,
    errors,
  }
}

function notALog(source: string, why: string): ExternalError {
  return new ExternalError(
    'not_a_log',
    `${source}: is not output of ASTRA-sim: ${why}; give what it printed, or log/log.log of its --logging-folder`,
    { source },
  )
}
