// vLLM. Profiling: POST /start_profile and /stop_profile, served only when a torch profiler is set
// up: with --profiler-config from 0.13 on, with VLLM_TORCH_PROFILER_* before. /stop_profile answers
// once the traces are written, which can take minutes. Files: NAME-rank-r.TIME.pt.trace.json.gz
// (HOST_PID.TIME.pt.trace.json.gz before 0.10); the API server process may write another,
// without kernels.
import { type Engine, fillCommand, hasOption, type ServerSpec } from './engine.js'

const TRACE = /\.pt\.trace\.json(?:\.gz)?$/

/** vLLM. */
export const vllm: Engine = {
  name: 'vllm',
  protocol: 'openai',
  healthPath: '/health',
  infoPath: '/version',
  profilesByStage: false,

  versionCommand: (spec) => [...(spec.command ?? ['vllm']).slice(0, 1), '--version'],

  command(spec: ServerSpec) {
    return [
      ...fillCommand(spec.command ?? ['vllm', 'serve'], spec),
      ...spec.args,
      '--host',
      spec.host,
      '--port',
      String(spec.port),
      ...(hasProfilerConfig(spec.version) && !hasOption(spec.args, '--profiler-config')
        ? ['--profiler-config', profilerConfig(spec)]
        : []),
      ...(spec.eager && !hasOption(spec.args, '--enforce-eager') ? ['--enforce-eager'] : []),
    ]
  },

  environment: (spec) => ({
    ...(hasProfilerConfig(spec.version)
      ? {}
      : {
          VLLM_TORCH_PROFILER_DIR: spec.traceDir,
          VLLM_TORCH_PROFILER_RECORD_SHAPES: spec.recordShapes ? '1' : '0',
          VLLM_TORCH_PROFILER_WITH_STACK: spec.withStack ? '1' : '0',
        }),
    // Writing traces takes longer than the default time-out between the server's processes.
    VLLM_RPC_TIMEOUT: '1800000',
    // Serves /reset_prefix_cache.
    VLLM_SERVER_DEV_MODE: '1',
  }),

  startProfile: () => ({ method: 'POST', path: '/start_profile' }),

  stopProfile: () => ({ method: 'POST', path: '/stop_profile' }),

  flushCache: () => ({ method: 'POST', path: '/reset_prefix_cache' }),

  ranksOf: () => null,

  traceName(file) {
    if (!TRACE.test(file) || /async_llm|asyncllm/i.test(file)) return null
    const rank = /rank-?(\d+)/.exec(file)?.[1]
    return { rank: rank === undefined ? file.split('.')[0]! : `rank-${rank}`, stage: 'all' }
  },
}

// An unknown version is taken for a recent one.
function hasProfilerConfig(version: string | undefined): boolean {
  const [, major, minor] = /(\d+)\.(\d+)/.exec(version ?? '') ?? []
  return major === undefined || Number(major) > 0 || Number(minor) >= 13
}

function profilerConfig(spec: ServerSpec): string {
  return JSON.stringify({
    profiler: 'torch',
    torch_profiler_dir: spec.traceDir,
    torch_profiler_record_shapes: spec.recordShapes,
    torch_profiler_with_stack: spec.withStack,
  })
}
