// JAX and TensorFlow: `*.xplane.pb`, an XSpace. Kernels on the streams of GPUs and the operations of TPU cores,
// with the HLO instruction that they come from as operator, its shapes from the compiled modules that the
// file holds; launches, Python frames and annotations of the host. Not read: lines that repeat the events by
// module, name scope or source, asynchronous copies of TPUs, SparseCores, counters.
//
// Schema: see xla/space.ts.
import { EventWriter } from '../collect/event-writer.js'
import type { Header } from '../collect/header.js'
import { Role } from '../collect/roles.js'
import type { TraceStore } from '../collect/trace-store.js'
import { TraceParseError } from '../errors.js'
import { joined } from '../input/chunks.js'
import { messageReader } from '../protobuf/messages.js'
import type { TraceFormat } from './format.js'
import { XlaModules } from './xla/modules.js'
import type { HloOperator } from './xla/operator.js'
import {
  type Line,
  type LineEvent,
  notesOf,
  type Plane,
  planesOf,
  type SpaceNotes,
  type Stats,
} from './xla/space.js'

const DEVICE = /^\/device:(GPU|TPU):(\d+)$/
const STREAM = /^Stream #(\d+)/
const TPU_OPERATIONS = 'XLA Ops'
/** Executions of whole programs. */
const TPU_MODULES = 'XLA Modules'
const HOST = '/host:CPU'
const PYTHON_FRAME = /^\$(.+):(\d+) (.+)$/
/** Lines count from the start of the session where they are smaller than this, else from 1970. */
const EPOCH_NS = 1_000_000_000_000_000_000n
/** Above all correlations: these numbers tie kernels to their operators. */
const FIRST_ID = 1_000_000_000_000

export const xplane: TraceFormat = {
  name: 'xplane',
  title: 'an XSpace of JAX or TensorFlow (xplane.pb)',
  recordKernels: 'profile a process that uses a GPU or TPU: jax.devices() lists them',
  recognises: ({ head }) =>
    beginsWithPlane(head.bytes) && (head.mentions('/device:') || head.mentions('/host:')),

  async read(file, { salvage, pythonFrames }, repairs) {
    const reader = await messageReader(file)
    const bytes = await joined(file.open(repairs))
    const writer = new EventWriter(repairs)
    const modules = new XlaModules(reader)
    const space = new Space(writer, modules, pythonFrames)
    const planes: Plane[] = []
    try {
      for (const plane of planesOf(reader, bytes)) {
        planes.push(plane)
        modules.add(plane)
      }
      space.describe(notesOf(reader, bytes))
    } catch (error) {
      forgive(error, salvage)
    }
    for (const plane of planes) {
      try {
        space.plane(plane)
      } catch (error) {
        forgive(error, salvage)
      }
    }
    return space.finish()

    function forgive(error: unknown, isAllowed: boolean): void {
      const isDamage = error instanceof TraceParseError && error.code === 'corrupt'
      if (!isAllowed || !isDamage) throw error
      const byte = error.at?.byte ?? 0
      repairs.add('truncated_file', byte)
    }
  },
}

/** A first field of number 1 that holds a message with a number and a name. */
function beginsWithPlane(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0x0a) return false
  let at = 1
  while (at < 6 && bytes[at]! >= 0x80) at++
  return bytes[at + 1] === 0x08 || bytes[at + 1] === 0x12
}

class Space {
  #startNs = 0n
  #isRelative = true
  #operators = FIRST_ID
  #header: Header

  constructor(
    private readonly writer: EventWriter,
    private readonly modules: XlaModules,
    private readonly withFrames: boolean,
  ) {
    this.#header = writer.store.header
  }

  describe({ hostnames = [], errors = [], warnings = [] }: SpaceNotes): void {
    const producer: Record<string, string> = {}
    if (hostnames.length > 0) producer.hostname = hostnames.join(', ')
    if (errors.length > 0) producer.errors = errors.join('; ')
    if (warnings.length > 0) producer.warnings = warnings.join('; ')
    this.#header = { ...this.#header, producer }
  }

  plane(plane: Plane): void {
    const device = DEVICE.exec(plane.name)
    if (device !== null) this.#device(plane, device[1] === 'TPU', Number(device[2]))
    else if (plane.name === HOST) this.#host(plane)
    else if (plane.name === 'Task Environment') {
      const start = plane.stats.get('profile_start_time')
      if (typeof start === 'bigint' || typeof start === 'number') this.#startNs = BigInt(start)
    } else for (const line of plane.lines()) this.#skip(plane, line)
  }

  finish(): TraceStore {
    const { store } = this.writer
    store.header = this.#header
    return this.writer.finish(this.#isRelative ? this.#startNs : 0n)
  }

  #device(plane: Plane, isTpu: boolean, device: number): void {
    const { stats } = plane
    const number = (name: string) => {
      const value = Number(stats.get(name) ?? Number.NaN)
      return Number.isSafeInteger(value) && value > 0 ? value : undefined
    }
    const [cores, memory, major] = ['core_count', 'memory_size', 'compute_cap_major'].map(number)
    const name = stats.get('gpu_device_name') ?? stats.get('device_type_string')
    this.#header = {
      ...this.#header,
      devices: [
        ...this.#header.devices,
        {
          id: device,
          name: typeof name === 'string' ? name : '',
          ...(cores === undefined ? {} : { computeUnits: cores }),
          ...(memory === undefined ? {} : { memoryBytes: memory }),
          ...(major === undefined
            ? {}
            : { computeCapability: `${major}.${number('compute_cap_minor') ?? 0}` }),
        },
      ],
    }
    for (const line of plane.lines()) {
      const stream = STREAM.exec(line.name)?.[1]
      if (stream !== undefined) this.#stream(plane, line, device, Number(stream))
      else if (isTpu && line.name === TPU_OPERATIONS) this.#core(plane, line, device)
      else if (isTpu && line.name === TPU_MODULES) this.#programs(plane, line, device)
      else this.#skip(plane, line)
    }
  }

  /** Kernels, copies and fills of a GPU. */
  #stream(plane: Plane, line: Line, device: number, stream: number): void {
    const calls = new Calls()
    for (const event of this.#events(plane, line)) {
      const stats = plane.statsOf(event.raw)
      const { name } = event.kind
      const operator = this.modules.operator(stats)
      const correlation = Number(stats.get('correlation_id') ?? 0)
      const isNew = operator !== undefined && calls.begins(operator, name)
      if (isNew && operator !== 'container') this.#operator(event, operator, device, stream)
      this.writer.activity({
        ...timesOf(event),
        name,
        role: roleOf(name),
        device,
        stream,
        correlation: correlation > 0 ? correlation : undefined,
        externalId: operator === undefined ? undefined : this.#operators,
        ...launchOf(stats),
        ...(typeof operator === 'object' ? { collective: operator.collective } : {}),
      })
    }
  }

  /** Operations of a TPU core; loops and branches have the time of what runs in them. */
  #core(plane: Plane, line: Line, device: number): void {
    const stream = Number(line.id)
    for (const event of this.#events(plane, line)) {
      const { kind } = event
      const stats: Stats = new Map([...kind.stats, ...plane.statsOf(event.raw)])
      // The name is the whole text of the instruction.
      const name = (kind.displayName || kind.name.split(' = ')[0]!).replace(/^%/, '')
      const operator = this.modules.operator(stats, name)
      if (operator === 'container') {
        this.writer.skip()
        continue
      }
      if (operator !== undefined) this.#operator(event, operator, device, stream)
      this.writer.activity({
        ...timesOf(event),
        name,
        device,
        stream,
        externalId: operator === undefined ? undefined : this.#operators,
        collective: operator?.collective,
      })
    }
  }

  #programs(plane: Plane, line: Line, device: number): void {
    for (const event of this.#events(plane, line)) {
      const { name } = event.kind
      this.writer.annotation({
        ...timesOf(event),
        name,
        pid: device,
        tid: Number(line.id),
        isOnDevice: true,
      })
    }
  }

  #host(plane: Plane): void {
    for (const line of plane.lines()) {
      const tid = Number.isSafeInteger(Number(line.id)) ? Number(line.id) : String(line.id)
      const where = { pid: HOST, tid }
      for (const event of this.#events(plane, line)) {
        const { name } = event.kind
        const times = timesOf(event)
        const frame = PYTHON_FRAME.exec(name)
        if (/^(?:cu[A-Z]|cuda[A-Z]|hip[A-Z]|hsa_)/.test(name)) {
          const correlation = Number(plane.statsOf(event.raw).get('correlation_id') ?? 0)
          this.writer.call({
            ...times,
            ...where,
            name,
            correlation: correlation > 0 ? correlation : undefined,
          })
        } else if (times.endNs === times.startNs) this.writer.skip()
        else if (frame === null) this.writer.annotation({ ...times, ...where, name })
        else if (this.withFrames) {
          this.writer.frame({ ...times, ...where, name: `${frame[1]}(${frame[2]}): ${frame[3]}` })
        } else this.writer.skip()
      }
    }
  }

  #operator(event: LineEvent, operator: HloOperator, device: number, stream: number): void {
    const { name, shapes, types, values, attributes } = operator
    this.writer.operator({
      ...timesOf(event),
      name,
      pid: `device ${device}`,
      tid: stream,
      externalId: ++this.#operators,
      shapes,
      types,
      values,
      attributes,
      isDerived: true,
    })
  }

  *#events(plane: Plane, line: Line): Generator<LineEvent> {
    if (line.timestampNs >= EPOCH_NS) this.#isRelative = false
    yield* plane.events(line)
  }

  #skip(plane: Plane, line: Line): void {
    for (const _ of plane.events(line)) this.writer.skip()
  }
}

/** Which kernels of a stream one call of an instruction ran: a kernel that comes again is of the next call. */
class Calls {
  #operator: unknown
  readonly #names = new Set<string>()

  begins(operator: unknown, kernel: string): boolean {
    const isSame = operator === this.#operator && !this.#names.has(kernel)
    if (!isSame) this.#names.clear()
    this.#names.add(kernel)
    this.#operator = operator
    return !isSame
  }
}

const timesOf = ({ startNs, endNs }: LineEvent) => ({ startNs, endNs })

function roleOf(name: string): Role.Kernel | Role.Memcpy | Role.Memset {
  if (/^Memcpy/i.test(name)) return Role.Memcpy
  return /^Memset/i.test(name) ? Role.Memset : Role.Kernel
}

/**
 * `kernel_details` and `memcpy_details` are texts: "regs:32 static_shared:0 dynamic_shared:1024 grid:16,1,1
 * block:512,1,1", group_mem for shared memory on AMD; "kind:… size:4096 dest:0 async:1".
 */
function launchOf(stats: Stats) {
  const kernel = detailsOf(stats.get('kernel_details'))
  const copy = detailsOf(stats.get('memcpy_details') ?? stats.get('Memset_details'))
  const numbers = (text: string | undefined) => text?.split(',').map(Number)
  const number = (text: string | undefined) => (text === undefined ? undefined : Number(text))
  const isNvidia = kernel.static_shared !== undefined
  return {
    grid: numbers(kernel.grid),
    block: numbers(kernel.block),
    registers: number(kernel.regs),
    sharedMemoryBytes: isNvidia
      ? Number(kernel.static_shared) + Number(kernel.dynamic_shared ?? 0)
      : number(kernel.group_mem),
    bytes: number(copy.size ?? copy.num_bytes),
  }
}

function detailsOf(value: unknown): Record<string, string | undefined> {
  if (typeof value !== 'string') return {}
  return Object.fromEntries(
    [...value.matchAll(/(\w+):(\S+)/g)].map(([, key, content]) => [key!, content]),
  )
}
