// Kernels of the corpus' traces as rows to fit on: operations with dimensions and the time that they took.
import { readdirSync } from 'node:fs'
import { classifyTrace, kernelDatabase } from '@flowsim/kernel-db'
import { parseFile } from '@flowsim/parser/node'
import { roofline } from '@flowsim/perf-model'
import { findHardware } from '@flowsim/perf-model/hardware'
import { helpedKernels } from '../../analysis/dist/index.js'
import { sourceOfKernel, threadsOf } from '../dist/index.js'

/** Traces that do not say on what they were taken. */
const DEVICES = { 'vllm-piecewise': 'mi300x' }
/** How far a measurement may lie from what the device could do, before dimensions or time are doubted. */
const [TOO_FAST, TOO_SLOW] = [0.7, 200]

/** Paths of traces in the corpus. */
export function tracePaths(corpus) {
  const inside = (folder) =>
    readdirSync(`${corpus}/${folder}`)
      .filter((name) => name.endsWith('.trace.json.gz'))
      .map((name) => `${folder}/${name}`)
  return [
    ...inside('traces'),
    ...inside('traces-2'),
    ...inside('traces-2/dlrm-v100-8ranks').slice(0, 2),
  ]
}

/** What traces of one program have in common: ranks, devices and runs of it are left out together. */
export const jobOf = (path) =>
  path
    .replace(/^.*?\//, '')
    .replace(/\/.*|\.trace\.json\.gz$/g, '')
    .replace(/-(?:h100|h200|mi300x|b200|rank\d+|execution|capture)\b.*/, '')

const known = new Map()

/**
 * Rows of a trace: one for each operation and kernel, with the median of its times. The time of an operation is that of
 * its kernel and of the kernel's helpers, as predictions count it.
 */
export function traceRows(corpus, path) {
  if (!known.has(path)) known.set(path, readRows(corpus, path))
  return known.get(path)
}

async function readRows(corpus, path) {
  const trace = await parseFile(`${corpus}/${path}`)
  const hardware = deviceOf(trace, path)
  if (hardware === undefined) return []
  const operations = classifyTrace(trace, kernelDatabase())
  const groups = new Map()
  const shared = overlapping(trace.kernels)
  const timesNs = trace.kernels.map(({ durationNs }) => durationNs)
  helpedKernels(trace, operations).forEach((main, k) => {
    if (main < 0) return
    timesNs[main] += timesNs[k]
    if (shared.has(k)) shared.add(main)
  })
  trace.kernels.forEach((kernel, i) => {
    const { name } = kernel
    const durationNs = timesNs[i]
    const { call, auxiliary } = operations[i]
    if (call === undefined || auxiliary === true || !(durationNs > 0) || shared.has(i)) return
    const source = sourceOfKernel(name)
    const key = `${JSON.stringify(call)} ${name}`
    const group = groups.get(key)
    if (group === undefined) {
      groups.set(key, { call, source, threads: threadsOf(kernel), us: [durationNs / 1000] })
    } else {
      group.us.push(durationNs / 1000)
      group.threads ??= threadsOf(kernel)
    }
  })
  return [...groups.values()]
    .map(({ call, source, threads, us }) => ({
      trace: path,
      call,
      count: us.length,
      totalUs: us.reduce((a, b) => a + b, 0),
      latencyUs: us.sort((a, b) => a - b)[us.length >> 1],
      hardware,
      options: { source, ...(threads !== undefined && { threads }) },
    }))
    .filter(isPlausible)
}

/** Kernels that share the device with another one for more than a twentieth of their time. */
function overlapping(kernels) {
  const shared = new Set()
  const order = kernels.map((_, i) => i).sort((a, b) => kernels[a].startNs - kernels[b].startNs)
  let last
  for (const i of order) {
    const { startNs, durationNs } = kernels[i]
    if (last !== undefined) {
      const both = kernels[last].startNs + kernels[last].durationNs - startNs
      if (both > durationNs / 20) shared.add(i)
      if (both > kernels[last].durationNs / 20) shared.add(last)
    }
    const end = (k) => kernels[k].startNs + kernels[k].durationNs
    if (last === undefined || end(i) > end(last)) last = i
  }
  return shared
}

export function deviceOf(trace, path) {
  try {
    const named = Object.entries(DEVICES).find(([part]) => path.includes(part))
    return findHardware(named?.[1] ?? trace.devices[0])
  } catch {
    return undefined
  }
}

const NOT_FITTED = /^(?:all_|reduce_scatter|broadcast|send|recv|barrier|memcpy|memset|other|moe)/

function isPlausible({ call, latencyUs, hardware }) {
  if (NOT_FITTED.test(call.op)) return false
  try {
    const least = roofline.estimate(call, hardware, { l2: 'warm' }).latencyS * 1e6
    return latencyUs > TOO_FAST * least && latencyUs < TOO_SLOW * least
  } catch {
    return false
  }
}
