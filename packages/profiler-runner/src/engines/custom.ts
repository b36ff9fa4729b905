// Any other server that serves OpenAI completions and the profiler endpoints /start_profile and
// /stop_profile, or a script that writes traces by itself. The command is the user's, with {port},
// {host} and {trace_dir} filled in; a command without {port} is a script that runs to its end.
import { ProfilerRunnerError } from '../errors.js'
import { type Engine, fillCommand } from './engine.js'

/** A server or script of the user's own. */
export const custom: Engine = {
  name: 'custom',
  protocol: 'openai',
  healthPath: '/health',
  infoPath: null,
  profilesByStage: false,
  captureFolder: null,
  captureFault: () => 'the engine is not known; start it so that it traces the capture itself',
  versionCommand: () => null,

  command(spec) {
    if (spec.command === undefined) {
      throw new ProfilerRunnerError(
        'invalid_option',
        'engine custom needs a command; give it with --server-command',
      )
    }
    return fillCommand([...spec.command, ...spec.args], spec)
  },

  environment: (spec) => ({ FLOWSIM_TRACE_DIR: spec.traceDir }),
  startProfile: () => ({ method: 'POST', path: '/start_profile' }),
  stopProfile: () => ({ method: 'POST', path: '/stop_profile' }),
  flushCache: () => null,
  ranksOf: () => null,

  traceName(file) {
    if (!/\.json(?:\.gz)?$/.test(file)) return null
    return { rank: file.replace(/\.json(?:\.gz)?$/, ''), stage: 'all' }
  },
}

/** Whether the command is a script that ends by itself, not a server. */
export function isScript(command: readonly string[] | undefined): boolean {
  return command !== undefined && !command.some((word) => word.includes('{port}'))
}
