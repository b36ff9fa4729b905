// Kineto, the PyTorch profiler: `torch.profiler`'s export_chrome_trace, since 2021, on CUDA, ROCm, XPU and
// MTIA. Chrome trace events with devices, process groups and base of time in the header; kernels, copies,
// fills, runtime calls, operators, Python frames, annotations and synchronisations are read, flows,
// counters and memory events are not.
//
// Categories: see kineto-categories.ts.
import { Collector } from '../collect/collector.js'
import { FrameCollector } from '../collect/frame-collector.js'
import { readBaseTimeNs, readHeader } from '../collect/header.js'
import { keepEnclosing } from '../collect/launch-starts.js'
import { Role } from '../collect/roles.js'
import type { TraceFile } from '../input/trace-file.js'
import { Repairs } from '../repairs.js'
import { EventScanner } from '../scan/event-scanner.js'
import type { ScanSink } from '../scan/scanned-event.js'
import type { TraceFormat } from './format.js'
import { kinetoRole } from './kineto-categories.js'

/** Events of other categories are passed over. */
const roleOf = (category: string) => kinetoRole(category) ?? Role.None

/** Python frames that are kept as columns at most where the text can be read again: 100 MB. */
const FRAME_LIMIT = 4_000_000
/** Bytes of packed ones, some 17 million: the frames of a text of 4 GB. Beyond them it is read again. */
const PACKED_LIMIT = 160e6

export const kineto: TraceFormat = {
  name: 'kineto',
  title: 'a PyTorch profiler trace',
  recordKernels: 'profile with activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA]',
  recognises: ({ head }) => head.mentions('"schemaVersion"') || head.mentions('"deviceProperties"'),

  async read(file, { salvage, ...options }, repairs) {
    const frameLimit = file.isRepeatable ? (file.frameLimit ?? FRAME_LIMIT) : Infinity
    const packedLimit = file.packedLimit ?? PACKED_LIMIT
    const collector = new Collector({ ...options, roleOf, frameLimit, packedLimit }, repairs)
    const { store, headers } = collector
    store.eventCount = await scan(file, collector, repairs, salvage)
    store.skippedCount += store.eventCount - collector.seen
    collector.finish()
    store.header = readHeader(headers)
    store.baseNs = readBaseTimeNs(headers) + BigInt(collector.baseMicros) * 1000n
    const { packedFrames, baseMicros } = collector
    if (packedFrames !== undefined) keepEnclosing(store, packedFrames, baseMicros)
    if (collector.lacksFrames) {
      await scan(file, new FrameCollector(collector, roleOf), new Repairs(), salvage)
      store.skippedCount -= store.frames.length
    }
    return store
  },
}

async function scan(
  file: TraceFile,
  sink: ScanSink,
  repairs: Repairs,
  salvage: boolean,
): Promise<number> {
  const scanner = new EventScanner(file.source, sink, repairs)
  for await (const chunk of file.open(repairs)) scanner.push(chunk)
  scanner.end(salvage)
  return scanner.count
}
