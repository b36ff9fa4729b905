// What slices and render stages are: kernels and copies, the calls that launched them, operators, frames and
// annotations. Their categories say it, as rocprofv3, rocprofiler-systems and Kineto name them; torch.profiler
// writes none, there the track and the arguments do.
import { ArgField, argField } from '../../collect/arg-fields.js'
import type { EventWriter, Ns } from '../../collect/event-writer.js'
import { writeMarker } from '../../collect/markers.js'
import { Role } from '../../collect/roles.js'
import { kinetoRole } from '../kineto-categories.js'
import type { Int } from './schema.js'
import type { Args } from './sequence.js'
import type { Track } from './tracks.js'

/** A slice without its times. */
export interface Slice {
  name: string
  categories: readonly string[]
  args: Args
  track: Int
  /** Process that wrote it, where the track does not say. */
  pid: number | undefined
  /** First flow through it: ties launches to kernels where no correlation does. */
  flow: Int | undefined
}

/** Categories of AMD's tools; those of rocprofiler-systems begin with `rocm_`. */
const AMD: Readonly<Record<string, Role>> = {
  kernel_dispatch: Role.Kernel,
  memory_copy: Role.Memcpy,
  hip_api: Role.Runtime,
  hip_runtime_api: Role.Runtime,
  hip_compiler_api: Role.Runtime,
  marker_api: Role.HostAnnotation,
  hsa_api: Role.None,
  rccl_api: Role.None,
  scratch_memory: Role.None,
  memory_allocation: Role.None,
  page_migration: Role.None,
  rocdecode_api: Role.None,
  rocjpeg_api: Role.None,
  counter_collection: Role.None,
}
const RUNTIME_CALL = /^(?:cu[A-Z]|cuda[A-Z]|hip[A-Z])/
/** Correlations count from 1 in each process; flows are numbered above those. */
const FIRST_FLOW = 2 ** 52

export class Events {
  readonly #flows = new Map<Int, number>()

  constructor(
    private readonly writer: EventWriter,
    private readonly withFrames: boolean,
  ) {}

  write(slice: Slice, track: Track | undefined, startNs: Ns, endNs: Ns): void {
    const { writer } = this
    const { name, args } = slice
    const times = { name, startNs, endNs }
    const pid = track?.pid ?? slice.pid ?? 0
    const tid = track?.tid ?? integerOf(args.tid) ?? String(slice.track)
    switch (roleOf(slice, track)) {
      case Role.Kernel:
        this.#activity(slice, track, startNs, endNs, Role.Kernel)
        break
      case Role.Memcpy:
        this.#activity(slice, track, startNs, endNs, Role.Memcpy)
        break
      case Role.Memset:
        this.#activity(slice, track, startNs, endNs, Role.Memset)
        break
      case Role.Runtime:
        writer.call({ ...times, pid, tid, correlation: this.#correlation(slice) })
        break
      case Role.Operator:
        writer.operator({ ...times, pid, tid, ...operatorOf(args) })
        break
      case Role.PythonFrame:
        if (this.withFrames) writer.frame({ ...times, pid, tid })
        else writer.skip()
        break
      case Role.DeviceAnnotation:
        writer.annotation({
          ...times,
          pid: integerOf(args.device) ?? track?.device ?? pid,
          tid: integerOf(args.stream) ?? track?.stream ?? tid,
          isOnDevice: true,
        })
        break
      case Role.HostAnnotation:
        writeMarker(writer, { ...times, pid, tid })
        break
      default:
        writer.skip()
    }
  }

  #activity(
    slice: Slice,
    track: Track | undefined,
    startNs: Ns,
    endNs: Ns,
    role: Role.Kernel | Role.Memcpy | Role.Memset,
  ): void {
    const { args } = slice
    const collective = collectiveOf(args)
    this.writer.activity({
      name: role === Role.Memcpy ? copyName(slice.name) : slice.name,
      startNs,
      endNs,
      role,
      device: integerOf(args.device) ?? track?.device ?? -1,
      stream: integerOf(args.stream) ?? track?.stream ?? integerOf(args.queue) ?? -1,
      correlation: this.#correlation(slice),
      externalId: integerOf(args['External id']),
      ...geometryOf(args),
      registers: integerOf(args['registers per thread']),
      sharedMemoryBytes: integerOf(args['shared memory']) ?? integerOf(args.group_segment_size),
      bytes: integerOf(args.bytes) ?? integerOf(args.copy_bytes),
      graphNode: integerOf(args['graph node id']),
      ...(collective.size > 0 ? { collective } : {}),
    })
  }

  #correlation({ args, flow }: Slice): number | undefined {
    const stated = integerOf(args.correlation) ?? integerOf(args.corr_id)
    if (stated !== undefined) return stated > 0 ? stated : undefined
    if (flow === undefined) return undefined
    let number = this.#flows.get(flow)
    if (number === undefined) {
      number = FIRST_FLOW + this.#flows.size
      this.#flows.set(flow, number)
    }
    return number
  }
}

function roleOf(slice: Slice, track: Track | undefined): Role {
  for (const category of slice.categories) {
    const role = kinetoRole(category) ?? AMD[category.replace(/^rocm_/, '')]
    if (role !== undefined) return role
  }
  if (slice.categories.length > 0) return Role.HostAnnotation
  const { name, args } = slice
  if (track?.stream !== undefined) {
    if ('cuda_sync_kind' in args) return Role.None
    if (/^Memcpy/i.test(name)) return Role.Memcpy
    if (/^Memset/i.test(name)) return Role.Memset
    return 'correlation' in args ? Role.Kernel : Role.DeviceAnnotation
  }
  if ('correlation' in args && RUNTIME_CALL.test(name)) return Role.Runtime
  if ('Python id' in args) return Role.PythonFrame
  const isOperator = 'Input Dims' in args || ('External id' in args && name.includes('::'))
  return isOperator ? Role.Operator : Role.HostAnnotation
}

function operatorOf(args: Args) {
  const attributes: Record<string, string> = {}
  for (const [key, value] of Object.entries(args)) {
    const field = argField(key)
    if (field === ArgField.Other || field === ArgField.Collective) attributes[key] = textOf(value)
  }
  return {
    externalId: integerOf(args['External id']),
    shapes: listOf(args['Input Dims']),
    types: listOf(args['Input type'])?.map(textOf),
    strides: listOf(args['Input Strides']),
    values: listOf(args['Concrete Inputs'])?.map(textOf),
    ...(Object.keys(attributes).length > 0 ? { attributes } : {}),
  }
}

function collectiveOf(args: Args): Map<string, string> {
  const members = new Map<string, string>()
  for (const [key, value] of Object.entries(args)) {
    if (argField(key) === ArgField.Collective) members.set(key, textOf(value))
  }
  return members
}

/**
 * Grid and block as Kineto has them, or AMD's sizes in work items as texts: "(512,1,1)". rocprofv3 writes
 * products of the three, which say neither.
 */
function geometryOf(args: Args): { grid?: number[]; block?: number[] } {
  const grid = numbersOf(args.grid)
  const block = numbersOf(args.block)
  if (grid !== undefined || block !== undefined) {
    return { ...(grid === undefined ? {} : { grid }), ...(block === undefined ? {} : { block }) }
  }
  const items = sizesOf(args.grid_size)
  const group = sizesOf(args.workgroup_size)
  if (items === undefined || group === undefined || group.includes(0)) return {}
  return { block: group, grid: items.map((size, i) => Math.ceil(size / group[i]!)) }
}

function sizesOf(value: unknown): number[] | undefined {
  const sizes = typeof value === 'string' ? /^\((\d+),(\d+),(\d+)\)$/.exec(value) : null
  return sizes?.slice(1).map(Number)
}

const PLACES: Readonly<Record<string, string>> = { HOST: 'Host', DEVICE: 'Device' }

/** MEMORY_COPY_HOST_TO_DEVICE as CUDA names it. */
function copyName(name: string): string {
  const ends = /(HOST|DEVICE)_TO_(HOST|DEVICE)$/.exec(name)
  if (ends === null) return name
  const [from, to] = [PLACES[ends[1]!]!, PLACES[ends[2]!]!]
  return `Memcpy ${from[0]}to${to[0]} (${from} -> ${to})`
}

function integerOf(value: unknown): number | undefined {
  if (typeof value === 'string' && /^-?\d+$/.test(value)) return integerOf(Number(value))
  return Number.isSafeInteger(value) ? (value as number) : undefined
}

function listOf(value: unknown): unknown[] | undefined {
  return Array.isArray(value) ? value : undefined
}

function numbersOf(value: unknown): number[] | undefined {
  return Array.isArray(value) && value.length === 3 && value.every(Number.isSafeInteger)
    ? (value as number[])
    : undefined
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  return JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? `${each}` : each))
}
