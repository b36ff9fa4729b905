// How well replay meets the traces of the test corpus: the figures behind docs/replay.md.
import { readdirSync } from 'node:fs'
import { commonErrorShare, getModel, transferEstimate } from '@flowsim/calibration'
import { classifyTrace } from '@flowsim/kernel-db'
import { parseFile } from '@flowsim/parser/node'
import { PerfModelError } from '@flowsim/perf-model'
import { findHardware } from '@flowsim/perf-model/hardware'
import { buildGraph, criticalPath, EdgeKind, replay } from '@flowsim/replay'
import { quantile } from 'd3-array'

/** Names of the traces in a folder. */
export function traceNames(folder) {
  return readdirSync(folder).filter((name) => name.endsWith('.json.gz'))
}

/** Parses a trace with all that replay needs. */
export function load(folder, name) {
  return parseFile(`${folder}/${name}`, { hostCalls: true, stacks: 'none' })
}

/**
 * Replay with measured lags, and with typical lags only: error of the end-to-end time, and of the starts of
 * kernels counted from the first start, in nanoseconds.
 */
export function faithfulness(trace) {
  const before = process.cpuUsage()
  const graph = buildGraph(trace)
  const { user, system } = process.cpuUsage(before)
  const starts = trace.kernels.map(({ startNs }) => startNs)
  const endNs = trace.kernels.reduce((end, k) => Math.max(end, k.startNs + k.durationNs), 0)
  const windowNs = endNs - starts[0]
  const errors = (result) =>
    starts.map((ns, k) => Math.abs(result.startNs[k] - result.firstStartNs - (ns - starts[0])))
  const measured = replay(graph)
  const typical = replay(graph, { lags: 'typical' })
  return {
    graph,
    windowNs,
    buildCpuMs: (user + system) / 1000,
    measured: { error: measured.endToEndNs / windowNs - 1, startErrorsNs: errors(measured) },
    typical: { error: typical.endToEndNs / windowNs - 1, startErrorsNs: errors(typical) },
  }
}

/** Share of errors that are within 5 µs or 1 % of the window, whichever is more. */
export function shareWithin(errorsNs, windowNs) {
  const limit = Math.max(5000, 0.01 * windowNs)
  return errorsNs.filter((ns) => ns <= limit).length / errorsNs.length
}

/**
 * What the graph does not explain: dependencies that held a kernel or call up for longer than is usual for
 * them, the longest first.
 */
export function unexplained(graph) {
  const { nodeNs, lagNs } = replay(graph)
  const found = []
  for (let v = 1; v < graph.nodeCount; v++) {
    let binding = -1
    let latest = -Infinity
    for (let e = graph.edgeStart[v]; e < graph.edgeStart[v + 1]; e++) {
      const at = nodeNs[graph.edgeSource[e]] + lagNs[e]
      if (at > latest) {
        latest = at
        binding = e
      }
    }
    if (binding < 0) continue
    const { kind, typicalNs, name } = graph.classes[graph.edgeClass[binding]]
    const ns = lagNs[binding] - typicalNs
    // NaN where only the measured lag makes sense: the host's own work.
    if (!(ns > 0)) continue
    const owner = graph.nodeOwner[v]
    const what =
      owner >= 0
        ? graph.kernels[owner].name
        : owner < -1
          ? graph.calls.apis[graph.calls.api[-2 - owner]]
          : ''
    found.push({ ns, kind: EdgeKind[kind], name, what })
  }
  return found.sort((a, b) => b.ns - a.ns)
}

/** Shares of the critical path as measured, by what it goes through. */
export function pathShares(trace) {
  const graph = buildGraph(trace)
  const { kinds, windowNs } = criticalPath(graph, replay(graph))
  return Object.fromEntries(Object.entries(kinds).map(([kind, ns]) => [kind, ns / windowNs]))
}

/** Spread of the launch latency on an idle stream, from the start and from the end of the call. */
export function launchSpread({ kernels }) {
  const ends = new Map()
  const fromStart = []
  const fromEnd = []
  for (const { device, stream, startNs, durationNs, launch, kind } of kernels) {
    const lane = `${device} ${stream}`
    const free = ends.get(lane) ?? -Infinity
    ends.set(lane, Math.max(free, startNs + durationNs))
    if (launch === undefined || kind !== 'kernel') continue
    const returned = launch.startNs + launch.durationNs
    if (free > returned || startNs < returned) continue
    fromStart.push(startNs - launch.startNs)
    fromEnd.push(startNs - returned)
  }
  const range = (values) => [0.1, 0.5, 0.9].map((q) => quantile(values, q))
  return { count: fromEnd.length, fromStart: range(fromStart), fromEnd: range(fromEnd) }
}

/** Kernels of each operator call that was launched within the trace, in order of launch. */
function operatorCalls({ kernels }) {
  const calls = new Map()
  kernels.forEach(({ launch, op, opInstance, durationNs }, k) => {
    if (launch === undefined) return
    const key = opInstance ?? `kernel ${k}`
    const call = calls.get(key)
    if (call === undefined) {
      calls.set(key, {
        name: op?.name ?? '',
        startNs: launch.startNs,
        kernels: [k],
        ns: durationNs,
      })
    } else {
      call.kernels.push(k)
      call.ns += durationNs
    }
  })
  return [...calls.values()].sort((a, b) => a.startNs - b.startNs)
}

/**
 * The measured times of one trace for the kernels of another of the same program: each operator call takes
 * what its counterpart took. Calls that only the other trace has count for the one before. Kernels
 * launched before the trace keep their time. Undefined where the calls do not correspond.
 */
export function timesOf(source, target) {
  const durationsNs = Float64Array.from(source.kernels, ({ durationNs }) => durationNs)
  const own = operatorCalls(source)
  const other = operatorCalls(target)
  const ns = new Float64Array(own.length)
  let i = 0
  for (const call of other) {
    if (own[i]?.name === call.name) ns[i++] += call.ns
    else if (own[i - 1] !== undefined) {
      // An extra call of the target, or one that the target lacks.
      const skip = own.slice(i, i + 3).findIndex(({ name }) => name === call.name)
      if (skip < 0) ns[i - 1] += call.ns
      else {
        i += skip
        ns[i++] += call.ns
      }
    }
  }
  if (i < own.length) return undefined
  own.forEach((call, c) => {
    for (const k of call.kernels) {
      durationsNs[k] =
        call.ns > 0 ? (durationsNs[k] * ns[c]) / call.ns : ns[c] / call.kernels.length
    }
  })
  return durationsNs
}

/** First start to last end of the kernels that were launched within the trace, and their sum. */
export function launchedWindow({ kernels }, startNs, durationNs) {
  let first = Infinity
  let last = -Infinity
  let sumNs = 0
  kernels.forEach(({ launch }, k) => {
    if (launch === undefined) return
    first = Math.min(first, startNs[k])
    last = Math.max(last, startNs[k] + durationNs[k])
    sumNs += durationNs[k]
  })
  return { endToEndNs: last - first, sumNs }
}

/** The same for a trace as it was measured. */
export function measuredWindow(trace) {
  return launchedWindow(
    trace,
    trace.kernels.map(({ startNs }) => startNs),
    trace.kernels.map(({ durationNs }) => durationNs),
  )
}

/** Estimates of the kernels of a trace on the device of another; null where there is none. */
export function estimates(trace, hardware, model) {
  return classifyTrace(trace).map(({ call, auxiliary }) => {
    if (call === undefined || auxiliary === true) return null
    try {
      return getModel(model).estimate(call, hardware)
    } catch (error) {
      if (error instanceof PerfModelError) return null
      throw error
    }
  })
}

/** The catalogue's description of a trace's device; undefined where it has none. */
export function hardwareOf({ devices }) {
  try {
    return devices[0] === undefined ? undefined : findHardware(devices[0])
  } catch (error) {
    if (error instanceof PerfModelError) return undefined
    throw error
  }
}

/**
 * Durations of the source's kernels on the target's device, as options of `replay`: `measured` in the
 * target, `absolute` (the model's estimates, with their bounds) or `relative` (what was measured, by the
 * model's ratio between the devices, as `transferEstimate` weighs it).
 */
export function timesOn(source, target, how, model) {
  if (how === 'measured') return { durationsNs: timesOf(source, target) }
  const there = estimates(source, hardwareOf(target), model)
  const here = estimates(source, hardwareOf(source), model)
  const predicted = there.map((estimate, k) =>
    estimate === null || here[k] === null || how === 'absolute'
      ? estimate
      : transferEstimate(estimate, {
          measuredS: source.kernels[k].durationNs * 1e-9,
          estimate: here[k],
        }),
  )
  const estimated = (of) => (k) =>
    predicted[k] === null ? source.kernels[k].durationNs : of(predicted[k]) * 1e9
  const column = (of) => Float64Array.from(source.kernels, (_, k) => of(k))
  const middle = estimated(({ latencyS }) => latencyS)
  // Kernels launched before the trace are not part of what is compared: they are certain.
  const bound = (of) =>
    column((k) => (source.kernels[k].launch === undefined ? middle(k) : estimated(of)(k)))
  return {
    durationsNs: column(middle),
    p10Ns: bound(({ p10S }) => p10S),
    p90Ns: bound(({ p90S }) => p90S),
    common: commonErrorShare(model),
  }
}

/** What the host alone needs for the launched part of a trace: replayed with kernels that take no time. */
export function hostNs(trace) {
  const graph = buildGraph(trace)
  const durationsNs = new Float64Array(graph.kernels.length)
  const result = replay(graph, { durationsNs })
  return launchedWindow(trace, result.startNs, result.durationNs).endToEndNs
}

/**
 * Predicts the launched part of the target from the source; errors are relative to what was measured.
 * `hostFactor` makes the host of the source that much slower.
 */
export function acrossDevices(source, target, times, hostFactor = 1) {
  const graph = buildGraph(source)
  const scale = new Float32Array(graph.calls.count).fill(hostFactor)
  const result = replay(graph, { ...times, callScale: scale, hostScale: scale })
  const predicted = launchedWindow(source, result.startNs, result.durationNs)
  const truth = measuredWindow(target)
  return {
    predicted,
    truth,
    /** Of the launched part: what comes before it is certain. */
    bounds:
      result.bounds &&
      [result.bounds.endToEnd.p10Ns, result.bounds.endToEnd.p90Ns].map(
        (ns) => ns - result.endToEndNs + predicted.endToEndNs,
      ),
    error: predicted.endToEndNs / truth.endToEndNs - 1,
    sumError: predicted.sumNs / truth.sumNs - 1,
    /** What a tool errs by that calls the sum of its kernels the end-to-end time. */
    sumAsEndToEndError: predicted.sumNs / truth.endToEndNs - 1,
  }
}

/**
 * A trace predicted on its own device: error of the end to end and of the sum of kernels, and the bounds.
 * Undefined where the catalogue does not have the device.
 */
export function onOwnDevice(trace, model) {
  if (hardwareOf(trace) === undefined) return undefined
  const result = replay(buildGraph(trace), timesOn(trace, trace, 'absolute', model))
  const { kernels } = trace
  const first = kernels.reduce((at, { startNs }) => Math.min(at, startNs), Infinity)
  const last = kernels.reduce((at, k) => Math.max(at, k.startNs + k.durationNs), 0)
  const sumNs = kernels.reduce((sum, { durationNs }) => sum + durationNs, 0)
  const bounds = [result.bounds.endToEnd.p10Ns, result.bounds.endToEnd.p90Ns]
  const windowNs = last - first
  const answered = estimates(trace, hardwareOf(trace), model)
  const answeredNs = kernels.reduce(
    (sum, { durationNs }, k) => sum + (answered[k] === null ? 0 : durationNs),
    0,
  )
  return {
    windowNs,
    /** Of the kernel time. */
    predictedShare: answeredNs / sumNs,
    predictedNs: result.endToEndNs,
    error: result.endToEndNs / windowNs - 1,
    sumError: result.kernelSumNs / sumNs - 1,
    bounds,
    isInside: bounds[0] <= windowNs && windowNs <= bounds[1],
  }
}

/**
 * Errors of a model on a trace of the same device, kernels of one name and grid together: share of the
 * squared logarithm that all have in common, weighted by time.
 */
export function commonShare(trace, model) {
  const hardware = hardwareOf(trace)
  if (hardware === undefined) return undefined
  const groups = new Map()
  estimates(trace, hardware, model).forEach((estimate, k) => {
    const { name, grid, durationNs, kind } = trace.kernels[k]
    if (estimate === null || kind === 'collective' || durationNs === 0) return
    const key = `${grid} ${name}`
    const group = groups.get(key) ?? { ns: 0, sum: 0 }
    groups.set(key, group)
    group.ns += durationNs
    group.sum += durationNs * Math.log(durationNs / (estimate.latencyS * 1e9))
  })
  let [ns, first, second] = [0, 0, 0]
  for (const group of groups.values()) {
    const error = group.sum / group.ns
    ns += group.ns
    first += group.ns * error
    second += group.ns * error * error
  }
  return { groups: groups.size, share: (first / ns) ** 2 / (second / ns) }
}
