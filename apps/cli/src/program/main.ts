// The program: its commands, its exit codes (0 done, 1 failed, 2 used wrongly), its one-line errors.
import { messageOf, visible } from '@flowsim/trace-schema'
import { Command, CommanderError } from 'commander'
import { addCommands } from '../commands/index.js'
import { version } from '../version.js'
import { CliError } from './errors.js'
import { HELP_FORMAT } from './help.js'
import { setWide } from './line-width.js'
import { note } from './print.js'
import { clearStage, setQuiet } from './progress.js'

/**
 * Runs the program and returns its exit code.
 * @param options.quiet - no stages, also without `--quiet`
 */
export async function main(
  args: string[],
  { quiet = args.includes('--quiet') }: { quiet?: boolean } = {},
): Promise<number> {
  const program = new Command('flowsim')
    .description(
      'Where the time of an LLM inference workload goes, and what it would be elsewhere.',
    )
    .version(version, '-V, --version')
    .option('--debug', 'show the stack of an error')
    .option('--wide', 'lines as long as they are, not 80 cells or those of the terminal')
    .option('--quiet', 'say nothing of the stages of the work on stderr; warnings and errors stay')
    .showHelpAfterError('(see --help)')
  addCommands(program)
  const output = { writeErr: (text: string) => process.stderr.write(visible(text)) }
  for (const command of [program, ...everyCommand(program)]) {
    command.exitOverride().configureOutput(output).configureHelp(HELP_FORMAT)
  }
  setWide(args.includes('--wide'))
  setQuiet(quiet)
  for (const signal of SIGNALS) process.once(signal, endBy)
  try {
    await program.parseAsync(args, { from: 'user' })
    // Commands that found faults in what they checked say so here.
    return typeof process.exitCode === 'number' ? process.exitCode : 0
  } catch (error) {
    return await failed(error, args.includes('--debug'))
  } finally {
    clearStage()
    for (const signal of SIGNALS) process.off(signal, endBy)
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/**
 * Ends as the signal asks, after what runs at exit: stages are removed, engines stopped. process.exit would
 * wait for reads that are under way, and one from a pipe may never end.
 */
function endBy(signal: NodeJS.Signals): void {
  process.emit('exit', signal === 'SIGINT' ? 130 : 143)
  process.kill(process.pid, signal)
}

function everyCommand(command: Command): Command[] {
  return command.commands.flatMap((each) => [each, ...everyCommand(each)])
}

/** The words of an error, and the flag for what they offer. */
function textOf(error: unknown): string {
  const offers = error instanceof Error && 'isSalvageable' in error && error.isSalvageable === true
  return `${messageOf(error)}${offers ? ' with --salvage' : ''}`
}

/** Says what went wrong in one line and tells the exit code. */
async function failed(error: unknown, debug: boolean): Promise<number> {
  if (error instanceof CommanderError) {
    // Commander has printed its message. Help and version are not errors.
    return error.exitCode === 0 ? 0 : 2
  }
  const { maskSecrets } = await import('@flowsim/profiler-runner')
  const message = maskSecrets(textOf(error))
  note(`flowsim: ${message.replace(/\s*\n\s*/g, ' ')}`)
  if (debug && error instanceof Error) note(maskSecrets(error.stack ?? ''))
  return error instanceof CliError && error.code === 'usage' ? 2 : 1
}
