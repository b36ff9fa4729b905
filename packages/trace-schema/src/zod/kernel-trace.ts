// What ran on the devices, when, and where it came from.
import { z } from 'zod'
import { COLLECTIVE_KINDS } from '../kernel-trace.js'
import { dtypeSchema, operatorArgSchema, tensorArgSchema } from './tensor.js'

const ns = z.int()
const dim3 = z.tuple([z.int(), z.int(), z.int()])

/** Validates a `KernelLaunch`. */
export const kernelLaunchSchema = z.object({
  api: z
    .string()
    .describe('Runtime or driver call, such as "cudaLaunchKernel" or "hipGraphLaunch".'),
  pid: z.union([z.int(), z.string()]),
  tid: z.union([z.int(), z.string()]),
  startNs: ns,
  durationNs: ns,
})

/** Validates a `KernelOperator`. */
export const kernelOperatorSchema = z.object({
  name: z.string().describe('Innermost operator around the launch, such as "aten::mm".'),
  args: z.array(operatorArgSchema),
  argsFrom: z
    .string()
    .optional()
    .describe('The enclosing operator that the arguments were taken from, where `name` had none.'),
  parents: z.array(z.string()).describe('Enclosing operators, innermost first.'),
  attributes: z
    .record(z.string(), z.string())
    .optional()
    .describe(
      'Extra arguments that the profiler recorded, such as "kernel_file" of a Triton kernel.',
    ),
})

/** Kinds of collective communication. */
export const collectiveKindSchema = z.enum(COLLECTIVE_KINDS)

/** Validates a `KernelCollective`. */
export const kernelCollectiveSchema = z.object({
  kind: collectiveKindSchema,
  dtype: dtypeSchema.optional(),
  inElements: z.int().optional().describe('Elements that this rank puts in.'),
  outElements: z.int().optional().describe('Elements that this rank gets out.'),
  groupName: z.string().optional(),
  groupSize: z.int().optional(),
  ranks: z.array(z.int()).optional(),
  sequence: z.int().optional().describe('Number of the call within its group, where recorded.'),
})

/** Validates a `KernelEvent`. */
export const kernelEventSchema = z
  .object({
    schema: z.literal('flowsim.kernel-event/1').optional(),
    kind: z.enum(['kernel', 'memcpy', 'memset', 'collective']),
    name: z.string().describe('Demangled kernel name, as the profiler wrote it.'),
    device: z.int(),
    stream: z.int(),
    startNs: ns.describe("Nanoseconds after the trace's `baseTimeNs`."),
    durationNs: ns,
    grid: dim3.optional().describe('Thread blocks.'),
    block: dim3.optional().describe('Threads in a block.'),
    registersPerThread: z.int().optional(),
    sharedMemoryBytes: z.int().optional().describe('Shared memory of a block.'),
    bytes: z.int().optional().describe('Bytes that a memcpy or memset moved.'),
    correlation: z.int().optional().describe('Number that the kernel shares with its launch.'),
    graphNodeId: z.int().optional().describe('Node of the CUDA or HIP graph.'),
    launch: kernelLaunchSchema
      .optional()
      .describe('Absent when the launch lies outside the trace.'),
    op: kernelOperatorSchema.optional(),
    opInstance: z
      .int()
      .optional()
      .describe('Number of the call of `op` within the trace; the kernels of one call share it.'),
    tensors: z
      .array(tensorArgSchema.omit({ schema: true }))
      .optional()
      .describe('Tensors from an annotation or a capture trace, where the operator has none.'),
    shapesFrom: z.enum(['profiler', 'annotation', 'capture', 'none']),
    callStack: z.array(z.string()).optional().describe('Frames, innermost first.'),
    modules: z
      .array(z.string())
      .optional()
      .describe('nn.Module instances around the launch, outermost first.'),
    scopes: z.array(z.string()).optional().describe('Annotations, outermost first.'),
    collective: kernelCollectiveSchema.optional(),
  })
  .meta({ description: 'One activity of a device: a kernel, copy, fill or collective.' })

/** Validates a `TraceDevice`. */
export const traceDeviceSchema = z.object({
  id: z.int(),
  name: z.string().describe('As the driver reports it; some drivers report an empty name.'),
  computeUnits: z.int().optional().describe('SMs or CUs.'),
  memoryBytes: z.int().optional(),
  computeCapability: z.string().optional().describe('"9.0" for Hopper, "9.4" for gfx942.'),
  warpSize: z.int().optional(),
})

/** Validates a `ProcessGroup`. */
export const processGroupSchema = z.object({
  name: z.string(),
  description: z.string().optional(),
  backend: z.string().optional(),
  size: z.int().optional(),
  ranks: z.array(z.int()).optional(),
})

/** Validates a `TraceRepair`. */
export const traceRepairSchema = z.object({
  kind: z.string().describe('What was wrong, such as "bare_literal" or "malformed_event".'),
  count: z.int(),
  firstByte: z
    .int()
    .describe('Offset of the first one in the uncompressed data; 0 where that has no meaning.'),
  of: z.int().optional().describe('Among how many, where that says more.'),
  what: z
    .string()
    .optional()
    .describe('What the first one concerns: a kernel and its stream, a call.'),
})

/** Validates an `AnnotationSpan`. */
export const annotationSpanSchema = z.object({
  name: z.string(),
  on: z.enum(['host', 'device']),
  pid: z.union([z.int(), z.string()]),
  tid: z.union([z.int(), z.string()]),
  startNs: ns,
  durationNs: ns,
})

/** Validates a `HostCall`. */
export const hostCallSchema = z.object({
  api: z.string(),
  pid: z.union([z.int(), z.string()]),
  tid: z.union([z.int(), z.string()]),
  startNs: ns,
  durationNs: ns,
  correlation: z.int().optional(),
  stream: z.int().optional().describe('Stream that is synchronised or made to wait, if recorded.'),
  waitsForStream: z.int().optional().describe('Stream whose event is waited for, if recorded.'),
  waitsForCorrelation: z
    .int()
    .optional()
    .describe('Correlation of the call that recorded the event, if recorded.'),
})

/** Validates `HostSpans`. */
export const hostSpansSchema = z
  .object({
    names: z.array(z.string()),
    threads: z.array(
      z.object({ pid: z.union([z.int(), z.string()]), tid: z.union([z.int(), z.string()]) }),
    ),
    kind: z.array(z.enum(['operator', 'frame'])),
    thread: z.array(z.int()).describe('Places in `threads`.'),
    name: z.array(z.int()).describe('Places in `names`.'),
    startNs: z.array(ns),
    durationNs: z.array(ns),
    leftOut: z
      .object({ count: z.int(), shorterThanNs: ns })
      .nullable()
      .describe('How many were left out, all of them shorter than this or as short; null: none.'),
  })
  .describe('Operators and Python frames on threads of the host, as columns.')

/** Validates a `KernelTrace`. */
export const kernelTraceSchema = z
  .object({
    schema: z.literal('flowsim.kernel-trace/1'),
    source: z.string().describe('Name of the input.'),
    format: z.string().describe('Format of the input, such as "kineto".'),
    producer: z
      .record(z.string(), z.union([z.string(), z.number()]))
      .describe('Versions and settings that the profiler wrote: CUDA, NCCL, with_stack, …'),
    devices: z.array(traceDeviceSchema),
    rank: z.int().nullable(),
    worldSize: z.int().nullable(),
    processGroups: z.array(processGroupSchema),
    baseTimeNs: z
      .string()
      .regex(/^-?\d+$/)
      .describe(
        "Decimal integer: the time that every `startNs` counts from, on the profiler's clock.",
      ),
    window: z
      .object({ startNs: ns, durationNs: ns })
      .nullable()
      .describe('What the profiler says it recorded.'),
    eventCount: z.int().describe('Events in the input, of all categories.'),
    repairs: z.array(traceRepairSchema),
    lostLaunchesNs: z
      .array(ns)
      .optional()
      .describe('Starts of launches whose kernels the profiler lost, in order; absent if none.'),
    annotations: z.array(annotationSpanSchema),
    hostCalls: z.array(hostCallSchema).optional().describe('Runtime calls, where asked for.'),
    hostSpans: hostSpansSchema.optional().describe('Operators and Python frames, where asked for.'),
    kernels: z.array(kernelEventSchema).describe('In order of start, then of the file.'),
  })
  .meta({ description: 'What ran on the devices of one process: header and kernels.' })
