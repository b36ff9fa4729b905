// Launches whose kernels the profiler lost, and kernels whose launches it lost.
//
// A launch within a stream capture goes into a graph and runs nothing, so none is missed there. Kernels
// that ran before the first one of their stream whose launch is known were launched before the trace began.
import { CallRole, callRole } from '@flowsim/trace-schema'
import type { TraceStore } from '../collect/trace-store.js'
import type { Repairs } from '../repairs.js'
import { NumberMap } from './number-map.js'
import { rowsByThread } from './sweep.js'

/**
 * Counts lost launches and kernels.
 * @param launches - row of the launch of each activity, or -1
 * @returns starts of the launches that have no kernel, in order
 */
export function lostLaunches(store: TraceStore, launches: Int32Array, repairs: Repairs): number[] {
  countKernels(store, launches, repairs)
  const { runtime, device, names } = store
  const executed = new NumberMap(device.correlation.data, device.length)
  for (const correlation of store.leftOut) executed.set(correlation, 1)
  for (let row = 0; row < device.length; row++) executed.set(device.correlation.data[row]!, 1)
  const captured = capturedRows(store)
  const apis = new Map<number, Api>()
  let last: Api | undefined
  const judged = new NumberMap(runtime.correlation.data, runtime.length)
  let judgedLaunches = 0
  const starts: number[] = []
  let capturedLaunches = 0
  for (let row = 0; row < runtime.length; row++) {
    const name = runtime.name.data[row]!
    const api: Api = last?.name === name ? last : (apis.get(name) ?? apiOf(name, names.text(name)))
    if (api.all === 0) apis.set(name, api)
    last = api
    const correlation = runtime.correlation.data[row]!
    if (!api.launches) continue
    // A driver call within a runtime call shares its number.
    if (correlation < 0 || judged.get(correlation) >= 0) continue
    judged.set(correlation, 1)
    judgedLaunches++
    const hasKernel = executed.get(correlation) >= 0
    if (!hasKernel && captured.has(row)) {
      capturedLaunches++
      continue
    }
    api.all++
    if (hasKernel) continue
    api.lost++
    starts.push(runtime.start.data[row]!)
  }
  for (const { text, all, lost } of apis.values()) {
    if (lost > 0) repairs.share('launch_without_kernel', lost, all, text)
  }
  if (capturedLaunches > judgedLaunches - capturedLaunches - starts.length) {
    repairs.share('captured_launch', capturedLaunches, judgedLaunches, 'stream capture')
  }
  return starts.sort((a, b) => a - b)
}

/** A function of the runtime, with its launches. */
interface Api {
  /** Number of its name. */
  name: number
  text: string
  launches: boolean
  all: number
  lost: number
}

function apiOf(name: number, text: string): Api {
  const role = callRole(text)
  const launches = role === CallRole.Launch || role === CallRole.GraphLaunch
  return { name, text, launches, all: 0, lost: 0 }
}

/** Calls between the begin and the end of a stream capture, on its thread. */
function capturedRows({ runtime, names }: TraceStore): Set<number> {
  const captured = new Set<number>()
  const marks = new Map<number, 'begin' | 'end'>()
  for (let id = 0; id < names.size; id++) {
    const found = /Stream(Begin|End)Capture/.exec(names.text(id))?.[1]
    if (found !== undefined) marks.set(id, found === 'Begin' ? 'begin' : 'end')
  }
  if (marks.size === 0) return captured
  for (const rows of rowsByThread(runtime).values()) {
    let isCapturing = false
    for (const row of rows) {
      const mark = marks.get(runtime.name.data[row]!)
      if (mark !== undefined) isCapturing = mark === 'begin'
      else if (isCapturing) captured.add(row)
    }
  }
  return captured
}

function countKernels(
  { runtime, device }: TraceStore,
  launches: Int32Array,
  repairs: Repairs,
): void {
  if (runtime.length === 0) return
  const start = device.start.data
  const unlinked: number[] = []
  for (let row = 0; row < device.length; row++) {
    if (device.correlation.data[row]! >= 0 && launches[row]! < 0) unlinked.push(row)
  }
  if (unlinked.length === 0) return
  const firstLinked = new Map<string, number>()
  const streamOf = (row: number) => `${device.device.data[row]} ${device.stream.data[row]}`
  for (let row = 0; row < device.length; row++) {
    if (launches[row]! < 0) continue
    const key = streamOf(row)
    firstLinked.set(key, Math.min(firstLinked.get(key) ?? Infinity, start[row]!))
  }
  const lost = unlinked.filter((row) => start[row]! > (firstLinked.get(streamOf(row)) ?? Infinity))
  if (lost.length > 0) {
    const byte = device.byte.data[lost[0]!]!
    repairs.share('kernel_without_launch', lost.length, device.length, 'kernels', byte)
  }
}
