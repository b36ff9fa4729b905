// A profile made of a user's trace, against measured rows of the same device that it was not made of: it answers
// kernels like those of the trace, and nothing else gets worse.
import { readdirSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import {
  type CalibrationRow,
  calibrate,
  calibrated,
  createCalibrated,
  type MeasuredOp,
  measuredRow,
  sourceOfKernel,
} from '@flowsim/calibration'
import { classifyTrace } from '@flowsim/kernel-db'
import { parseFile } from '@flowsim/parser/node'
import type { LatencyModel } from '@flowsim/perf-model'
import { findHardware } from '@flowsim/perf-model/hardware'
import { expect, it } from 'vitest'
import { corpus, describeWithCorpus, hasCorpus } from '../../../tests/corpus.js'

const TRACES = hasCorpus
  ? ['traces', 'traces-2'].flatMap((folder) =>
      readdirSync(corpus(folder))
        .filter((name) => name.endsWith('.trace.json.gz'))
        .map((name) => `${folder}/${name}`),
    )
  : []
const TABLES: readonly [file: string, op: MeasuredOp][] = [
  ['calibration/gemm', 'gemm'],
  ['calibration-2/gemm', 'gemm'],
  ['calibration-2/gemm_amd', 'gemm'],
  ['calibration/attention_context', 'attention_context'],
  ['calibration-2/attention_context', 'attention_context'],
  ['calibration/elementwise', 'elementwise'],
]
/** Rows of a table that are looked at: one in so many of a device. */
const STEP = 211
/** What is noise: a share of the error before, and so much more. */
const [SHARE, MORE] = [0.03, 0.002]

/** Rows of all tables by device and operation. */
function measuredRows(): Map<string, CalibrationRow[]> {
  const rows = new Map<string, CalibrationRow[]>()
  for (const [file, op] of TABLES) {
    const text = gunzipSync(readFileSync(corpus(`measured/${file}.csv.gz`))).toString()
    const [header = '', ...lines] = text.trimEnd().split('\n')
    const names = header.split(',')
    lines.forEach((line, i) => {
      if (i % STEP !== 0) return
      const cells = line.split(',')
      const record = Object.fromEntries(names.map((name, k) => [name, cells[k]]))
      const row = measuredRow(op, record)
      const hardware = findHardware(row.gpu ?? '')
      const key = `${hardware.name} ${op}`
      rows.set(key, [...(rows.get(key) ?? []), { ...row, hardware }])
    })
  }
  return rows
}

async function rowsOf(path: string): Promise<CalibrationRow[]> {
  const trace = await parseFile(corpus(path))
  let hardware: CalibrationRow['hardware']
  try {
    hardware = findHardware(trace.devices[0] ?? '')
  } catch {
    return []
  }
  return classifyTrace(trace).flatMap(({ call, auxiliary }, i) => {
    const { name, durationNs } = trace.kernels[i]!
    if (call === undefined || auxiliary === true || durationNs <= 0) return []
    const options = { source: sourceOfKernel(name) }
    return [{ call, options, hardware, latencyUs: durationNs / 1000 }]
  })
}

function meanError(model: LatencyModel, rows: readonly CalibrationRow[]): number {
  let sum = 0
  for (const { call, hardware, options, latencyUs } of rows) {
    sum += Math.abs(Math.log((model.estimate(call, hardware, options).latencyS * 1e6) / latencyUs))
  }
  return sum / rows.length
}

describeWithCorpus('a profile of a trace makes rows that it was not made of no worse', () => {
  const tables = measuredRows()

  it.each(TRACES)('%s', async (path) => {
    const rows = await rowsOf(path)
    if (rows.length === 0) return
    const { name } = rows[0]!.hardware
    const model = createCalibrated({ profiles: [calibrate(rows, { name: 'own' }).profile] })
    for (const [key, held] of tables) {
      if (!key.startsWith(`${name} `)) continue
      const before = meanError(calibrated, held)
      expect(meanError(model, held), key).toBeLessThan(before * (1 + SHARE) + MORE)
    }
  })
})
