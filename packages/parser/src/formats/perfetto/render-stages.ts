// Render stages of GPUs: the kernels, copies and ranges that torch.profiler and the tools of Perfetto itself
// write as such, with their times, queue and launch.
//
// Schema: google/perfetto, protos/perfetto/trace/gpu/gpu_render_stage_event.proto; names of stages and extra
// data as in pytorch, torch/profiler/_cupti/monitor_trace.py.
import type { RenderStage } from './schema.js'
import type { Args, Sequence } from './sequence.js'
import type { Track } from './tracks.js'

const STREAM = /^stream 0*(\d+)/i
const CATEGORIES: Readonly<Record<string, string>> = {
  Kernel: 'kernel',
  Memcpy: 'gpu_memcpy',
  Memset: 'gpu_memset',
  Annotation: 'gpu_user_annotation',
}

/** A stage as a slice of Kineto's: name, category, arguments, device and stream. */
export function readStage(
  stage: RenderStage,
  sequence: Sequence,
): { name: string; category: string; args: Args; track: Track } {
  const { queueIid = 0, stageIid = 0, gpu, launch, kernelIid = 0, nameIid = 0 } = stage
  const kind = sequence.gpuStages.get(stageIid) ?? ''
  const category = launch === undefined ? (CATEGORIES[kind] ?? 'none') : 'kernel'
  const name = stage.name ?? sequence.names.get(nameIid) ?? sequence.kernels.get(kernelIid) ?? kind
  const stream = STREAM.exec(sequence.gpuStages.get(queueIid) ?? '')?.[1]
  const args: Args = {}
  for (const { name: key = '', value } of stage.extra ?? []) args[key] = value
  for (const arg of launch?.args ?? []) {
    args[arg.name ?? sequence.computeArgs.get(arg.nameIid ?? 0) ?? ''] = arg.value
  }
  const device = args['device id'] ?? gpu
  // A stage is numbered by what launched it, where nothing else tells that.
  if (args.correlation === undefined && stage.id !== undefined) args.correlation = Number(stage.id)
  if (launch?.grid !== undefined) args.grid = dim3(launch.grid)
  if (launch?.block !== undefined) args.block = dim3(launch.block)
  args['registers per thread'] ??= args.registers_per_thread
  const shared = [args.shared_mem_static, args.shared_mem_dynamic].filter((n) => n !== undefined)
  if (shared.length > 0) {
    args['shared memory'] ??= shared.reduce((sum: number, n) => sum + Number(n), 0)
  }
  return {
    name,
    category,
    args,
    track: {
      pid: undefined,
      tid: undefined,
      device: device === undefined ? undefined : Number(device),
      stream: Number(args['stream id'] ?? stream ?? stage.logicalQueue ?? queueIid),
    },
  }
}

function dim3({ x = 1, y = 1, z = 1 }: NonNullable<RenderStage['launch']>['grid'] & object) {
  return [Number(x), Number(y), Number(z)]
}
