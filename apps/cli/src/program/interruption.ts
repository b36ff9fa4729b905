// Work that must end in order when it is interrupted: processes stopped, records written.

/**
 * A signal that fires on the first Ctrl-C or SIGTERM; the second ends the program at once. It takes
 * the place of the program's own handler, which ends at the first.
 */
export function interruption(): AbortSignal {
  const controller = new AbortController()
  for (const [name, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.removeAllListeners(name)
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(code)
      process.stderr.write('flowsim: stopping; once more to stop at once\n')
      process.exitCode = code
      controller.abort(name)
    })
  }
  return controller.signal
}
