import { FlowsimError } from '@flowsim/trace-schema'

/** A command was used wrongly (exit code 2) or could not do its work (exit code 1). */
export class CliError extends FlowsimError<'usage' | 'failure'> {
  override readonly name = 'CliError'
}
