// What an instruction of XLA computes, as an operator with its tensors: `hlo::` and the opcode, its result
// first. A fusion is what it is made for: the product or convolution in it, else its last operation.
//
// Operands of products are given as matrices, [batch, m, k] and [batch, k, n], those of convolutions with
// channels before the spatial dimensions, however they lie in memory.
import type {
  ConvolutionDimensions,
  DotDimensions,
  HloInstruction,
  HloModule,
  HloTensor,
} from './hlo.js'

/** An operator as the event writer takes it. */
export interface HloOperator {
  name: string
  shapes: unknown[]
  types: string[]
  values: string[]
  attributes: Record<string, string>
  /** Members as Kineto names them, of communication. */
  collective?: ReadonlyMap<string, string>
}

const GEMM_CALL = /^__cublas\$|^__triton_gemm/
const COLLECTIVES =
  /^(all-reduce|all-gather|reduce-scatter|all-to-all|ragged-all-to-all|collective-broadcast|collective-permute|send|recv)(?:-start|-done)?$/
export function operatorOf(module: HloModule, instruction: HloInstruction): HloOperator {
  const attributes: Record<string, string> = { hlo_op: instruction.name, hlo_module: module.name }
  const framework = instruction.metadata?.opName
  if (framework) attributes.op_name = framework
  if (instruction.target) attributes.custom_call_target = instruction.target
  const main = mainOf(module, instruction)
  const product = productOf(module, main) ?? convolutionOf(module, main)
  if (product !== undefined) return { ...product, attributes }
  const { results, operands } = tensorsOf(module, instruction)
  const collective = collectiveOf(instruction, operands, results)
  // The first result stands for all of them: the place of each argument is known.
  const tensors = [...results.slice(0, 1), ...operands]
  return {
    name: `hlo::${instruction.target || main.opcode}`,
    ...columns(tensors),
    attributes,
    ...(collective === undefined ? {} : { collective }),
  }
}

/** What a fusion is made for. */
function mainOf(module: HloModule, instruction: HloInstruction): HloInstruction {
  if (instruction.opcode !== 'fusion') return instruction
  const fused = module.called(instruction)
  const root = fused.at(-1)
  if (root === undefined) return instruction
  const product = fused.find(({ opcode }) => opcode === 'dot' || opcode === 'convolution')
  if (product !== undefined) return product
  if (root.opcode === 'tuple') {
    return fused.find(({ id }) => Number(id) === root.operands?.[0]) ?? root
  }
  return root
}

function tensorsOf(module: HloModule, instruction: HloInstruction) {
  return { results: module.results(instruction), operands: module.operands(instruction) }
}

function columns(tensors: readonly HloTensor[]) {
  return {
    shapes: tensors.map(({ shape }) => shape) as unknown[],
    types: tensors.map(({ type }) => type as string),
    values: tensors.map(() => ''),
  }
}

type Found = Omit<HloOperator, 'attributes'>

function productOf(module: HloModule, instruction: HloInstruction): Found | undefined {
  const dimensions =
    instruction.dot ??
    (GEMM_CALL.test(instruction.target ?? '') ? configured(instruction) : undefined)
  const { results, operands } = tensorsOf(module, instruction)
  const [lhs, rhs] = operands
  const [out] = results
  if (lhs === undefined || rhs === undefined || out === undefined) return undefined
  if (dimensions !== undefined) return product(dimensions, lhs, rhs, out)
  const { convolution, window } = instruction
  if (convolution === undefined || (window?.dimensions?.length ?? 0) > 0) return undefined
  // Without spatial dimensions: TPUs have matrix products as convolutions.
  return product(
    {
      lhsContracting: [convolution.inputFeature ?? 0],
      rhsContracting: [convolution.kernelInput ?? 0],
    },
    lhs,
    rhs,
    out,
  )
}

function product(
  { lhsContracting = [], rhsContracting = [], lhsBatch = [], rhsBatch = [] }: DotDimensions,
  lhs: HloTensor,
  rhs: HloTensor,
  out: HloTensor,
): Found | undefined {
  const k = sizeOf(lhs.shape, lhsContracting)
  const batch = sizeOf(lhs.shape, lhsBatch)
  const m = sizeOf(lhs.shape) / (k * batch)
  const n = sizeOf(rhs.shape) / (k * batch)
  const agree =
    k === sizeOf(rhs.shape, rhsContracting) &&
    batch === sizeOf(rhs.shape, rhsBatch) &&
    Number.isInteger(m) &&
    Number.isInteger(n) &&
    sizeOf(out.shape) === batch * m * n
  if (!agree) return undefined
  const inBatch = lhsBatch.length > 0 ? [batch] : []
  return {
    name: 'hlo::dot',
    ...columns([
      { ...out, shape: [...inBatch, m, n] },
      { ...lhs, shape: [...inBatch, m, k] },
      { ...rhs, shape: [...inBatch, k, n] },
    ]),
  }
}

/** The product of the sizes of some dimensions; of all if none are named. */
function sizeOf(shape: readonly number[], dimensions?: readonly number[]): number {
  const sizes = dimensions === undefined ? shape : dimensions.map((i) => shape[i] ?? Number.NaN)
  return sizes.reduce((size, each) => size * each, 1)
}

/** The dimensions that a call of cuBLAS has in its configuration, as JSON. */
function configured({ backendConfig = '' }: HloInstruction): DotDimensions | undefined {
  const text = /"dot_dimension_numbers":\s*(\{[^{}]*\})/.exec(backendConfig)?.[1]
  if (text === undefined) return undefined
  let value: Record<string, unknown>
  try {
    value = JSON.parse(text) as Record<string, unknown>
  } catch {
    return undefined
  }
  const list = (key: string) =>
    Array.isArray(value[key]) ? (value[key] as unknown[]).map(Number) : []
  return {
    lhsContracting: list('lhs_contracting_dimensions'),
    rhsContracting: list('rhs_contracting_dimensions'),
    lhsBatch: list('lhs_batch_dimensions'),
    rhsBatch: list('rhs_batch_dimensions'),
  }
}

function convolutionOf(module: HloModule, instruction: HloInstruction): Found | undefined {
  const { convolution, window, target = '' } = instruction
  // The gradients have their operands in other places; dilated inputs are gradients, too.
  if (convolution === undefined || /Backward/.test(target)) return undefined
  if (window?.dimensions?.some(({ baseDilation = 1 }) => baseDilation > 1)) return undefined
  const { results, operands } = tensorsOf(module, instruction)
  const [input, kernel] = operands
  const [out] = results
  if (input === undefined || kernel === undefined || out === undefined) return undefined
  const at = dimensionsOf(convolution)
  const groups = instruction.featureGroups || 1
  const tensors = [moved(out, at.output), moved(input, at.input), moved(kernel, at.kernel)]
  if (tensors.some(({ shape }) => !shape.every(Number.isInteger))) return undefined
  const list = columns(tensors)
  return {
    name: 'hlo::convolution',
    shapes: [...list.shapes, []],
    types: [...list.types, 'Scalar'],
    values: [...list.values, String(groups)],
  }
}

/** Dimensions in the order batch (or output channels), channels, space. */
function dimensionsOf(numbers: ConvolutionDimensions) {
  const { kernelSpatial = [], inputSpatial = [], outputSpatial = [] } = numbers
  return {
    input: [numbers.inputBatch ?? 0, numbers.inputFeature ?? 0, ...inputSpatial],
    kernel: [numbers.kernelOutput ?? 0, numbers.kernelInput ?? 0, ...kernelSpatial],
    output: [numbers.outputBatch ?? 0, numbers.outputFeature ?? 0, ...outputSpatial],
  }
}

function moved({ shape, type }: HloTensor, dimensions: readonly number[]): HloTensor {
  return { shape: dimensions.map((i) => shape[i] ?? Number.NaN), type }
}

/** What is known of a message, in Kineto's members; ranks of one group. */
function collectiveOf(
  { opcode, groups, devices }: HloInstruction,
  operands: readonly HloTensor[],
  results: readonly HloTensor[],
): ReadonlyMap<string, string> | undefined {
  const kind = COLLECTIVES.exec(opcode)?.[1]
  const [input] = operands
  if (kind === undefined || input === undefined) return undefined
  const size = devices?.iota?.size ?? (devices?.groups ?? groups)?.[0]?.ids?.length
  const elements = (tensors: readonly HloTensor[]) =>
    tensors.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
  const members = new Map([
    ['Collective name', kind === 'collective-permute' ? 'send' : kind.replaceAll('-', '_')],
    ['dtype', input.type],
    ['In msg nelems', String(elements(operands))],
  ])
  // The start of one has its operands among its results.
  if (!opcode.endsWith('-start')) members.set('Out msg nelems', String(elements(results)))
  if (size !== undefined && size > 0) members.set('Group size', String(size))
  return members
}
