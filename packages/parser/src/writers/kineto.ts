// A KernelTrace as a Kineto trace that Perfetto, chrome://tracing and this parser open: kernels on
// their streams, launches with flows to them, operators with shapes, module frames, annotations.
//
// A KernelTrace does not keep when operators and frames began: they are drawn around the launches
// that they enclose.
import type { KernelEvent, KernelTrace } from '@flowsim/trace-schema'
import { isGraphLaunch } from '@flowsim/trace-schema'
import { graphOperators } from './graph-kernels.js'
import { activities } from './kineto-device.js'
import { slice } from './kineto-event.js'
import { frames, graphKernelOperators, hostCalls, operators } from './kineto-host.js'
import { Launches } from './kineto-launches.js'

/** The lines of a Kineto trace file. */
export function* kinetoLines(trace: KernelTrace): Generator<string> {
  yield `${headerText(trace)}\n  "traceEvents": [\n`
  let separator = '  '
  for (const event of kinetoEvents(trace)) {
    yield separator + event
    separator = ',\n  '
  }
  yield `\n  ],\n  "displayTimeUnit": "ms",\n  "baseTimeNanoseconds": ${trace.baseTimeNs}\n}\n`
}

function headerText(trace: KernelTrace): string {
  const header = {
    schemaVersion: 1,
    ...trace.producer,
    deviceProperties: trace.devices.map((device) => ({
      id: device.id,
      name: device.name,
      totalGlobalMem: device.memoryBytes,
      computeMajor: integerPart(device.computeCapability, 0),
      computeMinor: integerPart(device.computeCapability, 1),
      warpSize: device.warpSize,
      numSms: device.computeUnits,
    })),
    ...(trace.rank === null
      ? {}
      : {
          distributedInfo: {
            backend: 'nccl',
            rank: trace.rank,
            world_size: trace.worldSize ?? undefined,
            pg_count: trace.processGroups.length,
            pg_config: trace.processGroups.map((group) => ({
              pg_name: group.name,
              pg_desc: group.description,
              backend_config: group.backend,
              pg_size: group.size,
              ranks: group.ranks,
            })),
          },
        }),
  }
  return JSON.stringify(header, null, 2).replace(/\n\}$/, ',')
}

function integerPart(version: string | undefined, part: number): number | undefined {
  const digits = version?.split('.')[part]
  return digits === undefined ? undefined : Number(digits)
}

function* kinetoEvents(trace: KernelTrace): Generator<string> {
  const launches = new Launches(trace.kernels)
  if (trace.window !== null) {
    yield slice(
      'Trace',
      'PyTorch Profiler (0)',
      'Spans',
      'PyTorch Profiler',
      trace.window.startNs,
      trace.window.durationNs,
    )
  }
  for (const device of new Set(trace.kernels.map((kernel) => kernel.device))) {
    yield processName(device, 'process_name', { name: 'python' })
    yield processName(device, 'process_labels', { labels: `GPU ${device}` })
  }
  for (const each of trace.annotations) {
    const category = each.on === 'device' ? 'gpu_user_annotation' : 'user_annotation'
    yield slice(category, each.name, each.pid, each.tid, each.startNs, each.durationNs)
  }
  yield* frames(launches)
  yield* operators(launches)
  const captured = graphOperators(graphLaunches(launches))
  yield* graphKernelOperators(captured)
  yield* hostCalls(trace.hostCalls ?? [], launches)
  yield* activities(launches, captured)
}

/** The kernels of each launch of a graph. */
function* graphLaunches(launches: Launches): Generator<KernelEvent[]> {
  for (let i = 0; i < launches.count; i++) {
    if (isGraphLaunch(launches.call(i).api)) yield launches.kernelsOf(i)
  }
}

function processName(pid: number, name: string, args: Record<string, string>): string {
  return JSON.stringify({ name, ph: 'M', ts: 0, pid, tid: 0, args })
}
