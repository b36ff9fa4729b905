// JAX and TensorFlow: `*.trace.json.gz`, the Chrome trace beside an XSpace. Kernels on the streams of
// `/device:GPU:n` with their HLO module and operation, host events of `/host:CPU` as annotations. It holds at
// most a million events, and no shapes.
//
// Written by openxla/xprof, convert/trace_viewer and tsl/profiler/convert/xplane_to_trace_events.cc.
import { EventWriter } from '../collect/event-writer.js'
import { Role } from '../collect/roles.js'
import { readTrackEvents, timesOf } from '../scan/track-events.js'
import type { TraceFormat } from './format.js'

const DEVICE = /^\/device:\w+:(\d+)/
/** Streams have the kernels; other threads repeat them by module, operation and name scope. */
const STREAM = /^Stream #(\d+)/

/** Above all correlations: these numbers tie kernels to their HLO operations. */
const FIRST_ID = 1_000_000_000

export const jaxChrome: TraceFormat = {
  name: 'jax-chrome',
  title: 'a Chrome trace of JAX or TensorFlow',
  recordKernels: 'profile a process that uses a GPU or TPU: jax.devices() lists them',
  recognises: ({ head }) =>
    head.mentions('"/device:') || head.mentions('"/host:CPU"') || head.mentions('"hlo_module"'),

  async read(file, { salvage }, repairs) {
    const { events, process, thread } = await readTrackEvents(file, salvage, repairs)
    const writer = new EventWriter(repairs)
    let operators = FIRST_ID
    for (const event of events) {
      const device = DEVICE.exec(process(event))?.[1]
      const stream = STREAM.exec(thread(event))?.[1]
      if (event.ph !== 'X' || (device !== undefined && stream === undefined)) {
        writer.skip()
        continue
      }
      const { name = '', pid = '', tid = '', args = {} } = event
      const times = timesOf(event)
      if (device === undefined) writer.annotation({ ...times, name, pid, tid })
      else {
        const { hlo_module, hlo_op } = args
        let externalId: number | undefined
        if (typeof hlo_op === 'string') {
          externalId = ++operators
          const attributes = typeof hlo_module === 'string' ? { hlo_module } : undefined
          writer.operator({
            ...times,
            name: hlo_op,
            pid,
            tid,
            externalId,
            attributes,
            isDerived: true,
          })
        }
        writer.activity({
          ...times,
          name,
          role: roleOf(name),
          device: Number(device),
          stream: Number(stream),
          externalId,
        })
      }
    }
    return writer.finish()
  },
}

function roleOf(name: string): Role.Kernel | Role.Memcpy | Role.Memset {
  if (/^Memcpy/i.test(name)) return Role.Memcpy
  return /^Memset/i.test(name) ? Role.Memset : Role.Kernel
}
