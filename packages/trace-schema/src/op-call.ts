// Operations with canonical dimensions: the work that a kernel does, whatever kernel does it.
import { z } from 'zod'
import { dtypeSchema } from './tensor.js'

const size = z.int().nonnegative()
const count = z.int().positive()
const mean = z.number().positive()

/** How the scales of a quantised operand are laid out. */
export const scalingSchema = z.enum(['tensor', 'channel', 'block'])

const gemmDtypes = {
  dtype: dtypeSchema.describe('Type of the left operand (activations).'),
  weightDtype: dtypeSchema.optional().describe('Type of the right operand; `dtype` if absent.'),
  outDtype: dtypeSchema.optional().describe('Type of the result; `dtype`, or bf16 below 16 bits.'),
  scaling: scalingSchema.optional().describe('Scales of quantised operands.'),
}
const gemm = { m: size, n: size, k: size, ...gemmDtypes }
const rowwise = {
  rows: size,
  cols: size,
  dtype: dtypeSchema,
  outDtype: dtypeSchema.optional(),
}
const pointwise = { elements: size, dtype: dtypeSchema, outDtype: dtypeSchema.optional() }
const collective = {
  devices: count.describe('Ranks in the group.'),
  dtype: dtypeSchema,
  algorithm: z.string().optional().describe('"ring", "one_shot", "two_shot", … where known.'),
}

const call = <Op extends string, Shape extends z.core.$ZodLooseShape>(op: Op, shape: Shape) =>
  z.object({
    schema: z.literal('flowsim.op-call/1').optional(),
    op: z.literal(op),
    ...shape,
  })

/** Validates an {@link OpCall}. */
export const opCallSchema = z
  .discriminatedUnion('op', [
    call('matmul', { ...gemm, bias: z.boolean().optional() }),
    call('bmm', { batch: count, ...gemm }),
    call('grouped_gemm', {
      groups: count.describe('Groups (experts) that own weights.'),
      activeGroups: count.optional().describe('Groups that get at least one row.'),
      ...gemm,
      m: size.describe('Rows of all groups together.'),
    }),
    call('moe', {
      tokens: size,
      hidden: size,
      inter: size.describe('Intermediate width of one expert, before tensor parallelism.'),
      topk: count,
      experts: count,
      tensorParallel: count.optional(),
      expertParallel: count.optional(),
      distribution: z.string().optional().describe('Load of the experts: "balanced", …'),
      ...gemmDtypes,
    }),
    call('attention', {
      phase: z.enum(['prefill', 'decode', 'mixed']),
      batch: count.describe('Sequences.'),
      queryLen: mean.describe('Query tokens of a sequence; the mean where lengths differ.'),
      kvLen: mean.describe('Keys that a sequence attends to; the mean where lengths differ.'),
      heads: count,
      kvHeads: count,
      headDim: count.describe('Width of queries and keys.'),
      headDimV: count.optional().describe('Width of values; `headDim` if absent.'),
      variant: z
        .enum(['standard', 'mla'])
        .optional()
        .describe(
          '`mla`: weight-absorbed multi-head latent attention; values are part of the keys.',
        ),
      causal: z.boolean(),
      window: count.optional().describe('Sliding window in tokens.'),
      pairs: mean
        .optional()
        .describe(
          '(query, key) pairs that one head computes over all sequences, where lengths differ and the sum is known; derived from the means if absent.',
        ),
      paged: z.boolean().optional(),
      dtype: dtypeSchema,
      kvDtype: dtypeSchema.optional(),
      direction: z.enum(['forward', 'backward']).optional(),
    }),
    call('conv', {
      batch: count,
      inChannels: count,
      outChannels: count,
      inputSize: z.array(count).describe('Spatial sizes of the input.'),
      outputSize: z.array(count).describe('Spatial sizes of the output.'),
      kernelSize: z.array(count),
      groups: count,
      direction: z.enum(['forward', 'data_grad', 'weight_grad']).optional(),
      dtype: dtypeSchema,
      outDtype: dtypeSchema.optional(),
    }),
    call('softmax', rowwise),
    call('layernorm', { ...rowwise, residual: z.boolean().optional() }),
    call('rmsnorm', { ...rowwise, residual: z.boolean().optional() }),
    call('batchnorm', rowwise),
    call('groupnorm', rowwise),
    call('gelu', pointwise),
    call('silu', pointwise),
    call('relu', pointwise),
    call('silu_mul', {
      ...rowwise,
      cols: size.describe('Width of the result; the input has twice it.'),
    }),
    call('gelu_mul', {
      ...rowwise,
      cols: size.describe('Width of the result; the input has twice it.'),
    }),
    call('elementwise', {
      ...pointwise,
      function: z.string().describe('"add", "mul", "fused", …'),
      readBytes: size
        .optional()
        .describe('Bytes of all inputs, where they differ from `elements`.'),
      writeBytes: size.optional().describe('Bytes of all outputs, where there are several.'),
      inputs: size.optional().describe('Tensors read, each of `elements`; 1 if absent.'),
    }),
    call('reduce', {
      ...rowwise,
      rows: size.describe('Results.'),
      cols: size.describe('Elements reduced into each result.'),
      function: z.string(),
    }),
    call('scan', { ...rowwise, function: z.string() }),
    call('gather', {
      ...rowwise,
      rows: size.describe('Rows taken.'),
      cols: size.describe('Row width.'),
    }),
    call('scatter', {
      ...rowwise,
      rows: size.describe('Rows written.'),
      cols: size.describe('Row width.'),
    }),
    call('copy', pointwise),
    call('cat', { ...pointwise, inputs: size.optional() }),
    call('fill', pointwise),
    call('random', pointwise),
    call('pool', {
      ...rowwise,
      rows: size.describe('Results.'),
      cols: size.describe('Window size.'),
    }),
    call('fft', { rows: size, cols: size, dtype: dtypeSchema }),
    call('embedding', {
      tokens: size,
      hidden: size,
      vocab: size.optional(),
      dtype: dtypeSchema,
      outDtype: dtypeSchema.optional(),
    }),
    call('rope', {
      tokens: size,
      heads: size.describe('Query heads.'),
      kvHeads: size.describe('Key heads rotated in the same kernel; 0 for none.'),
      headDim: count.describe('Width that is rotated.'),
      dtype: dtypeSchema,
    }),
    call('kv_cache_write', {
      tokens: size,
      width: size.describe('Elements stored for a token: keys and values of all heads.'),
      dtype: dtypeSchema,
      cacheDtype: dtypeSchema.optional(),
    }),
    call('quantize', {
      rows: size,
      cols: size,
      dtype: dtypeSchema.describe('Type that is read.'),
      outDtype: dtypeSchema.describe('Type that is written.'),
      groupSize: count.optional().describe('Elements that share a scale; a row if absent.'),
    }),
    call('topk', { ...rowwise, k: count }),
    call('sort', rowwise),
    call('sampling', { ...rowwise, cols: size.describe('Vocabulary.') }),
    call('moe_route', { tokens: size, experts: count, topk: count, dtype: dtypeSchema }),
    call('moe_permute', { tokens: size, hidden: size, topk: count, dtype: dtypeSchema }),
    call('all_reduce', { elements: size.describe('Elements of the tensor.'), ...collective }),
    call('all_gather', {
      elements: size.describe('Elements gathered: all ranks together.'),
      ...collective,
    }),
    call('reduce_scatter', {
      elements: size.describe('Elements before the scatter: all ranks together.'),
      ...collective,
    }),
    call('all_to_all', {
      elements: size.describe('Elements that one rank sends in all.'),
      ...collective,
    }),
    call('broadcast', { elements: size, ...collective }),
    call('send', { elements: size, ...collective }),
    call('recv', { elements: size, ...collective }),
    call('barrier', { ...collective, dtype: dtypeSchema.optional() }),
    call('memcpy', {
      bytes: size,
      direction: z.enum([
        'host_to_device',
        'device_to_host',
        'device_to_device',
        'peer_to_peer',
        'host_to_host',
        'unknown',
      ]),
    }),
    call('memset', { bytes: size }),
    call('other', {
      name: z.string(),
      flops: z.number().nonnegative().optional(),
      readBytes: size.optional(),
      writeBytes: size.optional(),
    }),
  ])
  .meta({ description: 'An operation with its canonical dimensions.' })

/** An operation with its canonical dimensions, a union discriminated by `op`. */
export type OpCall = z.infer<typeof opCallSchema>

/** Name of an operation. */
export type OpName = OpCall['op']

/** Every {@link OpName}, in the order of the vocabulary. */
export const OP_NAMES = opCallSchema.options.map((option) => option.shape.op.value) as OpName[]

/** The call of one operation: `OpCallOf<'matmul'>` has `m`, `n` and `k`. */
export type OpCallOf<Op extends OpName> = Extract<OpCall, { op: Op }>
