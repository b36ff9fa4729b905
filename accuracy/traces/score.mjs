// Predicted beside measured kernels of a trace on the device that ran it.
import { helpedKernels } from '@flowsim/analysis'
import { classifyTrace } from '@flowsim/kernel-db'
import { parseFile } from '@flowsim/parser/node'
import { estimateKernels } from '@flowsim/pipeline'
import { isCollective } from '@flowsim/trace-schema'
import { corpus } from '../../packages/calibration/scripts/corpus.mjs'
import { deviceOf, jobOf } from '../../packages/calibration/scripts/trace-rows.mjs'

/** A trace of the corpus with what its kernels do. */
export async function loadTrace(path) {
  const trace = await parseFile(`${corpus}/${path}`)
  const operations = classifyTrace(trace)
  return {
    path,
    job: jobOf(path),
    title: path.replace(/^[\w-]+\//, '').replace('.trace.json.gz', ''),
    hardware: deviceOf(trace, path),
    trace,
    operations,
    helped: helpedKernels(trace, operations),
  }
}

const WAITS = /nccl|rccl|all_?reduce|all_?gather|reduce_?scatter|deep_ep|::ep::/i

/** Whether a kernel computes: neither a copy by an engine nor one that waits for other ranks. */
function computes({ kind, name }, { call, op }) {
  if (kind !== 'kernel') return false
  if (call !== undefined && isCollective(call)) return false
  return !WAITS.test(name) && !/^(?:memcpy|memset|barrier|send|recv)$/.test(op ?? '')
}

/**
 * Compute kernels of a trace: the time of each with that of its helpers, in microseconds, and its estimate;
 * null without one.
 */
export function scoredKernels({ trace, operations, helped, hardware }, model) {
  const { kernels } = trace
  const us = kernels.map(({ durationNs }) => durationNs / 1000)
  helped.forEach((main, k) => {
    if (main < 0) return
    us[main] += us[k]
    us[k] = 0
  })
  return estimateKernels(operations, hardware, model, { kernels }).flatMap((estimate, k) =>
    us[k] > 0 && computes(kernels[k], operations[k])
      ? [{ kernel: kernels[k], operation: operations[k], us: us[k], estimate }]
      : [],
  )
}

const Z90 = 1.2815515655446004

/** Sums of the kernels that have an estimate, and what share of the time has none. */
export function totals(kernels, common = 0) {
  const sum = { measured: 0, predicted: 0, absolute: 0, unanswered: 0, apart: 0, together: 0 }
  for (const { us, estimate } of kernels) {
    if (estimate === null) {
      sum.unanswered += us
      continue
    }
    const predicted = estimate.latencyS * 1e6
    sum.measured += us
    sum.predicted += predicted
    sum.absolute += Math.abs(predicted - us)
    const sigma = (predicted * Math.log(estimate.p90S / estimate.p10S)) / (2 * Z90)
    sum.apart += sigma ** 2
    sum.together += sigma
  }
  // Errors that all kernels have in common add up, the others average out.
  const sigma = Math.sqrt(common * sum.together ** 2 + (1 - common) * sum.apart) / sum.predicted
  return {
    ...sum,
    error: sum.predicted / sum.measured - 1,
    weighted: sum.absolute / sum.measured,
    without: sum.unanswered / (sum.unanswered + sum.measured),
    inside: Math.abs(Math.log(sum.measured / sum.predicted)) <= Z90 * sigma,
  }
}

/** Kernels in groups, the longest first. */
export function grouped(kernels, keyOf) {
  const groups = new Map()
  for (const each of kernels) {
    const key = keyOf(each)
    if (!groups.has(key)) groups.set(key, [])
    groups.get(key).push(each)
  }
  const time = (group) => group.reduce((sum, { us }) => sum + us, 0)
  return [...groups].sort(([, a], [, b]) => time(b) - time(a))
}
