import { FlowsimError } from '@flowsim/trace-schema'

/** Why a run, a job or a request was given up. */
export type ProfilerRunnerErrorCode =
  | 'invalid_option'
  | 'command_not_found'
  | 'port_in_use'
  | 'server_exited'
  | 'server_not_ready'
  | 'server_refused'
  | 'request_failed'
  | 'trace_missing'
  | 'trace_incomplete'
  | 'unsupported'
  | 'aborted'
  | 'timeout'
  | 'bad_input'
  | 'backend_failed'
  | 'job_not_found'
  | 'missing_dependency'

/** A run, a job or a request that failed; where is a URL, a file or a command. */
export class ProfilerRunnerError extends FlowsimError<ProfilerRunnerErrorCode> {
  override readonly name = 'ProfilerRunnerError'
}
