/** A command was used wrongly (exit code 2) or could not do its work (exit code 1). */
export class CliError extends Error {
  override readonly name = 'CliError'

  constructor(
    readonly code: 'usage' | 'failure',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}
