// Compiled modules of XLA: their instructions with shapes, as an XSpace has them beside the events.
//
// Schema: openxla/xla, xla/service/hlo.proto and xla/xla_data.proto.
import type { Dtype } from '@flowsim/trace-schema'
import type { MessageReader, Shape } from '../../protobuf/messages.js'

/** Fields that hold their own kind refer to themselves. */
const SHAPE: { -readonly [field in keyof Shape]: Shape[field] } = {
  2: ['type', 'int'],
  3: ['dims', 'ints'],
}
SHAPE[4] = ['tuple', SHAPE, 'repeated']

const DOT: Shape = {
  1: ['lhsContracting', 'ints'],
  2: ['rhsContracting', 'ints'],
  3: ['lhsBatch', 'ints'],
  4: ['rhsBatch', 'ints'],
}
const CONVOLUTION: Shape = {
  3: ['kernelInput', 'int'],
  4: ['kernelOutput', 'int'],
  6: ['kernelSpatial', 'ints'],
  7: ['inputBatch', 'int'],
  8: ['inputFeature', 'int'],
  9: ['outputBatch', 'int'],
  10: ['outputFeature', 'int'],
  11: ['inputSpatial', 'ints'],
  12: ['outputSpatial', 'ints'],
}
const GROUPS = ['groups', { 1: ['ids', 'ints'] }, 'repeated'] as const
const INSTRUCTION: Shape = {
  1: ['name', 'text'],
  2: ['opcode', 'text'],
  3: ['shape', SHAPE],
  7: ['metadata', { 2: ['opName', 'text'] }],
  15: [
    'window',
    { 1: ['dimensions', { 1: ['size', 'int'], 6: ['baseDilation', 'int'] }, 'repeated'] },
  ],
  16: ['convolution', CONVOLUTION],
  28: ['target', 'text'],
  30: ['dot', DOT],
  35: ['id', 'int'],
  36: ['operands', 'ints'],
  38: ['called', 'ints'],
  43: ['backendConfig', 'text'],
  49: GROUPS,
  50: ['featureGroups', 'int'],
  87: ['devices', { 1: GROUPS, 2: ['iota', { 2: ['size', 'int'] }] }],
}
const COMPUTATION: Shape = {
  2: ['instructions', INSTRUCTION, 'repeated'],
  5: ['id', 'int'],
  6: ['rootId', 'int'],
}
const MODULE: Shape = { 1: ['name', 'text'], 3: ['computations', COMPUTATION, 'repeated'] }
/** HloProto holds the module and what became of its buffers. */
const HLO: Shape = { 1: ['module', MODULE] }

/** PrimitiveType; types that are not here (tokens, 2-bit integers) have no name of ours. */
const TYPES: Readonly<Record<number, Dtype>> = {
  1: 'bool',
  2: 'int8',
  3: 'int16',
  4: 'int32',
  5: 'int64',
  6: 'uint8',
  7: 'uint16',
  8: 'uint32',
  9: 'uint64',
  10: 'fp16',
  11: 'fp32',
  12: 'fp64',
  15: 'complex64',
  16: 'bf16',
  18: 'complex128',
  19: 'fp8_e5m2',
  20: 'fp8_e4m3',
  21: 'int4',
  23: 'fp8_e4m3',
  24: 'fp8_e5m2',
  25: 'fp8_e4m3',
  28: 'fp8_e4m3',
  32: 'fp4_e2m1',
}

interface RawShape {
  type?: number
  dims?: number[]
  tuple?: RawShape[]
}

export interface DotDimensions {
  lhsContracting?: number[]
  rhsContracting?: number[]
  lhsBatch?: number[]
  rhsBatch?: number[]
}

export interface ConvolutionDimensions {
  kernelInput?: number
  kernelOutput?: number
  kernelSpatial?: number[]
  inputBatch?: number
  inputFeature?: number
  inputSpatial?: number[]
  outputBatch?: number
  outputFeature?: number
  outputSpatial?: number[]
}

/** A tensor of an instruction. */
export interface HloTensor {
  shape: number[]
  type: Dtype | ''
}

/** An instruction of a module. */
export interface HloInstruction {
  name: string
  opcode: string
  shape?: RawShape
  metadata?: { opName?: string }
  window?: { dimensions?: { size?: number; baseDilation?: number }[] }
  convolution?: ConvolutionDimensions
  /** What a custom call runs. */
  target?: string
  dot?: DotDimensions
  id?: number | bigint
  operands?: number[]
  called?: number[]
  backendConfig?: string
  groups?: { ids?: number[] }[]
  featureGroups?: number
  devices?: { groups?: { ids?: number[] }[]; iota?: { size?: number } }
}

interface Computation {
  instructions?: HloInstruction[]
  id?: number | bigint
  rootId?: number | bigint
}

/** Instructions that hold others, which have events, too. */
const CONTAINERS = new Set(['while', 'conditional', 'call'])

/** Whether the events of an instruction's computations lie within its own. */
export const isContainer = ({ opcode }: HloInstruction): boolean => CONTAINERS.has(opcode)

/** A module with its instructions by name and by number. */
export class HloModule {
  readonly name: string
  readonly #byName = new Map<string, HloInstruction>()
  readonly #byId = new Map<number, HloInstruction>()
  readonly #computations = new Map<number, Computation>()

  constructor(reader: MessageReader, bytes: Uint8Array) {
    const { module } = reader.read<{
      module?: { name?: string; computations?: Computation[] }
    }>(bytes, HLO)
    this.name = module?.name ?? ''
    for (const computation of module?.computations ?? []) {
      this.#computations.set(Number(computation.id ?? 0), computation)
      for (const instruction of computation.instructions ?? []) {
        this.#byName.set(instruction.name, instruction)
        this.#byId.set(Number(instruction.id ?? 0), instruction)
      }
    }
  }

  instruction(name: string): HloInstruction | undefined {
    return this.#byName.get(name)
  }

  /** Instructions of the computations that one calls, such as those fused in it; the root is the last. */
  called({ called = [] }: HloInstruction): HloInstruction[] {
    return called.flatMap((id) => {
      const { instructions = [], rootId } = this.#computations.get(id) ?? {}
      const root = instructions.find((each) => each.id === rootId)
      return root === undefined
        ? instructions
        : [...instructions.filter((each) => each !== root), root]
    })
  }

  /** The tensors that an instruction reads. */
  operands({ operands = [] }: HloInstruction): HloTensor[] {
    return operands.flatMap((id) => tensorsOf(this.#byId.get(id)?.shape))
  }

  /** The tensors that it writes. */
  results({ shape }: HloInstruction): HloTensor[] {
    return tensorsOf(shape)
  }
}

const TUPLE = 13

function tensorsOf(shape: RawShape | undefined): HloTensor[] {
  if (shape === undefined) return []
  if (shape.type === TUPLE) return (shape.tuple ?? []).flatMap(tensorsOf)
  return [{ shape: shape.dims ?? [], type: TYPES[shape.type ?? 0] ?? '' }]
}
