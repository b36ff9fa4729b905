// Hatchet profiles of Triton Proton: a tree of call paths, at whose ends stand how often a kernel ran and what it took
// in sum. Kernels get the mean time of their path, which stands for their operator, and are put one after the other:
// sums are measured, order and gaps are not.
//
// Schema: triton-lang/triton, third_party/proton/csrc/lib/Data/TreeData.cpp. A list of the root and of the devices.
import { EventWriter } from '../collect/event-writer.js'
import { TraceParseError } from '../errors.js'
import { joined } from '../input/chunks.js'
import type { TraceFile } from '../input/trace-file.js'
import type { Repairs } from '../repairs.js'
import { parseLenientJson } from '../scan/lenient-json.js'
import type { TraceFormat } from './format.js'

/** Kernels of a profile, at most: each becomes an event. */
const MOST_KERNELS = 5_000_000
const MOST_DEPTH = 1000

export const protonHatchet: TraceFormat = {
  name: 'proton-hatchet',
  title: 'a hatchet profile of Triton Proton',
  recordKernels: 'run kernels between proton.start and proton.finalize',
  recognises: ({ head }) =>
    ['"frame"', '"metrics"', '"children"'].every((key) => head.mentions(key)),

  async read(file, _, repairs) {
    const [root, devices] = await treeOf(file, repairs)
    const writer = new EventWriter(repairs)
    writer.store.header = { ...writer.store.header, devices: devicesOf(devices) }
    const walk = new Walk(writer, file.source)
    walk.node(root, [])
    if (walk.kernels > 0) repairs.share('mean_times', walk.kernels, walk.kernels, 'kernels')
    return writer.finish()
  },
}

interface Node {
  frame?: { name?: unknown }
  metrics?: Record<string, unknown>
  children?: unknown
}

async function treeOf(file: TraceFile, repairs: Repairs): Promise<[Node, unknown]> {
  const text = new TextDecoder().decode(await joined(file.open(repairs)))
  const value = parseLenientJson(text)
  const [root, devices] = Array.isArray(value) ? value : [value]
  if (isNode(root)) return [root, devices]
  throw new TraceParseError('corrupt', 'is a damaged or cut-off hatchet profile; copy it again', {
    source: file.source,
  })
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

class Walk {
  kernels = 0
  /** Where the next kernel of a device begins, in nanoseconds. */
  readonly #ends = new Map<number, number>()

  constructor(
    private readonly writer: EventWriter,
    private readonly source: string,
  ) {}

  /** Writes the kernels of a node, which stands below those named in `path`, and of what is below it. */
  node(node: Node, path: readonly string[]): void {
    if (path.length > MOST_DEPTH) throw this.#refused('is nested deeper than call paths are')
    const name = typeof node.frame?.name === 'string' ? node.frame.name : ''
    this.#kernels(name, path, node.metrics ?? {})
    const children = Array.isArray(node.children) ? node.children.filter(isNode) : []
    for (const child of children) this.node(child, [...path, name])
  }

  /** The kernels of a path that ends here. */
  #kernels(
    name: string,
    path: readonly string[],
    metrics: Readonly<Record<string, unknown>>,
  ): void {
    const sumNs = numberOf(metrics, 'time (ns)')
    const count = numberOf(metrics, 'count')
    if (sumNs === undefined || count === undefined || count < 1) return
    this.kernels += count
    if (this.kernels > MOST_KERNELS) throw this.#refused(`holds more than ${MOST_KERNELS} kernels`)
    const device = numberOf(metrics, 'device_id') ?? numberOf(metrics, 'deviceid') ?? 0
    const startNs = this.#ends.get(device) ?? 0
    // The root is not a place in the program.
    const caller = path.slice(1).join('/')
    const first = this.kernels - count
    for (let i = 0; i < count; i++) {
      // Whole nanoseconds whose sum is that of the path.
      const times = {
        startNs: startNs + Math.floor((sumNs * i) / count),
        endNs: startNs + Math.floor((sumNs * (i + 1)) / count),
      }
      const externalId = first + i + 1
      if (caller !== '') {
        const thread = { pid: 'call paths', tid: String(device) }
        this.writer.operator({ ...times, ...thread, name: caller, externalId, isDerived: true })
      }
      this.writer.activity({ ...times, name, device, stream: 0, externalId })
    }
    this.#ends.set(device, startNs + sumNs)
  }

  #refused(why: string): TraceParseError {
    return new TraceParseError(
      'unsupported_format',
      `${why}; record a timeline with proton.start(data='trace') and give its .chrome_trace`,
      { source: this.source },
    )
  }
}

/** A metric as a whole number, whatever case its name has; undefined: none that can be. */
function numberOf(metrics: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const key = Object.keys(metrics).find((each) => each.toLowerCase() === name)
  const value = key === undefined ? Number.NaN : Number(metrics[key])
  return Number.isSafeInteger(value) && value >= 0 ? value : undefined
}

/** `{ CUDA: { "0": { arch: "90", num_sms: 132 } } }` */
function devicesOf(value: unknown) {
  if (!isNode(value)) return []
  return Object.values(value as Record<string, unknown>).flatMap((devices) =>
    Object.entries((devices ?? {}) as Record<string, { arch?: unknown; num_sms?: unknown }>).map(
      ([id, { arch, num_sms: units }]) => ({
        id: Number(id),
        name: '',
        ...(Number.isSafeInteger(units) ? { computeUnits: units as number } : {}),
        ...(/^\d{2,3}$/.test(String(arch))
          ? { computeCapability: String(arch).replace(/(\d)$/, '.$1') }
          : {}),
      }),
    ),
  )
}
