// vLLM. Profiling: POST /start_profile and /stop_profile, served only when a torch profiler is set
// up: with --profiler-config from 0.13 on, with VLLM_TORCH_PROFILER_* before. /stop_profile answers
// once the traces are written, which can take minutes. Files: NAME-rank-r.TIME.pt.trace.json.gz
// (HOST_PID.TIME.pt.trace.json.gz before 0.10); the API server process may write another,
// without kernels. From 0.26 on it traces the capture of its graphs into capture_traces/ beside them
// (vllm-project/vllm#37524).
import { type Engine, fillCommand, hasOption, type ServerSpec } from './engine.js'

const TRACE = /\.pt\.trace\.json(?:\.gz)?$/

/** vLLM. */
export const vllm: Engine = {
  name: 'vllm',
  protocol: 'openai',
  healthPath: '/health',
  infoPath: '/version',
  profilesByStage: false,

  captureFolder: 'capture_traces',

  captureFault({ version, args }) {
    if (!isAtLeast(version, 26)) {
      return `vLLM ${version} does not trace the capture of its graphs; it does from 0.26 on`
    }
    return hasOption(args, '--profiler-config')
      ? '--profiler-config is among the options of the server; add "capture_torch_profiler": true to it'
      : null
  },

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

function hasProfilerConfig(version: string | undefined): boolean {
  return isAtLeast(version, 13)
}

/** Whether a version is at least 0.MINOR. An unknown one is taken for a recent one. */
function isAtLeast(version: string | undefined, leastMinor: number): boolean {
  const [, major, minor] = /(\d+)\.(\d+)/.exec(version ?? '') ?? []
  return major === undefined || Number(major) > 0 || Number(minor) >= leastMinor
}

function profilerConfig(spec: ServerSpec): string {
  return JSON.stringify({
    profiler: 'torch',
    torch_profiler_dir: spec.traceDir,
    torch_profiler_record_shapes: spec.recordShapes,
    torch_profiler_with_stack: spec.withStack,
    ...(spec.captureGraphs
      ? { capture_torch_profiler: true, detailed_trace_annotation: true }
      : {}),
  })
}
