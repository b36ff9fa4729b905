// SGLang. Profiling: POST /start_profile { output_dir, num_steps, profile_by_stage, activities,
// with_stack, record_shapes }; with num_steps the server stops by itself after the step that follows
// the last one asked for. Files: [prefix-]ID-TP-r[-DP-r][-PP-r][-EP-r][-EXTEND|-DECODE].trace.json.gz,
// written in place. With --enable-profile-cuda-graph and SGLANG_GRAPH_BATCH_CAPTURE it traces the capture of its
// graphs, one file for each batch size and rank, into graph_capture_profile/; versions that do not know the
// variable write no file.
import { type Engine, fillCommand, hasOption, type ServerSpec } from './engine.js'

const TRACE =
  /(?:^|-)(TP-\d+(?:-DP-\d+)?(?:-PP-\d+)?(?:-EP-\d+)?)(?:-([A-Z_]+))?\.trace\.json(?:\.gz)?$/

interface ServerInfo {
  tp_size?: number
  pp_size?: number
  dp_size?: number
  enable_dp_attention?: boolean
}

const CAPTURE = '--enable-profile-cuda-graph'

/** SGLang. */
export const sglang: Engine = {
  name: 'sglang',
  protocol: 'sglang',
  healthPath: '/health',
  infoPath: '/get_server_info',
  profilesByStage: true,

  captureFolder: 'graph_capture_profile',

  captureFault: () => null,

  versionCommand: () => null,

  command(spec: ServerSpec) {
    const eager = ['--disable-cuda-graph', '--disable-cuda-graph-padding']
    return [
      ...fillCommand(spec.command ?? ['python3', '-m', 'sglang.launch_server'], spec),
      '--host',
      spec.host,
      '--port',
      String(spec.port),
      ...spec.args,
      ...(spec.captureGraphs && !hasOption(spec.args, CAPTURE) ? [CAPTURE] : []),
      ...(spec.eager ? eager.filter((option) => !hasOption(spec.args, option)) : []),
    ]
  },

  environment: (spec) => ({
    SGLANG_TORCH_PROFILER_DIR: spec.traceDir,
    ...(spec.captureGraphs ? { SGLANG_GRAPH_BATCH_CAPTURE: '1' } : {}),
  }),

  startProfile: (capture) => ({
    method: 'POST',
    path: '/start_profile',
    body: {
      output_dir: capture.traceDir,
      num_steps: capture.steps,
      profile_by_stage: capture.byStage,
      activities: ['CPU', 'GPU'],
      with_stack: capture.withStack,
      record_shapes: capture.recordShapes,
    },
  }),

  stopProfile: () => ({ method: 'POST', path: '/stop_profile' }),

  flushCache: () => ({ method: 'POST', path: '/flush_cache' }),

  ranksOf(info) {
    const {
      tp_size: tp,
      pp_size: pp = 1,
      dp_size: dp = 1,
      enable_dp_attention,
    } = info as ServerInfo
    if (typeof tp !== 'number') return null
    // With data-parallel attention the replicas share the ranks of tensor parallelism.
    return tp * pp * (enable_dp_attention ? 1 : dp)
  },

  traceName(file) {
    const [, rank, stage] = TRACE.exec(file) ?? []
    if (rank === undefined) return null
    if (stage === undefined) return { rank, stage: 'all' }
    return { rank, stage: stage.includes('DECODE') ? 'decode' : 'prefill' }
  },
}
