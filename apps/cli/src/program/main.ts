// The program: its commands, its exit codes (0 done, 1 failed, 2 used wrongly), its one-line errors.
import { messageOf } from '@flowsim/trace-schema/vocabulary'
import { Command, CommanderError } from 'commander'
import { addCommands } from '../commands/index.js'
import { version } from '../version.js'
import { CliError } from './errors.js'
import { discardAll } from './outputs.js'

/** Runs the program and returns its exit code. */
export async function main(args: string[]): Promise<number> {
  const program = new Command('flowsim')
    .description(
      'Where the time of an LLM inference workload goes, and what it would be elsewhere.',
    )
    .version(version, '-V, --version')
    .option('--debug', 'show the stack of an error')
    .showHelpAfterError('(see --help)')
    .exitOverride()
  addCommands(program)
  for (const command of everyCommand(program)) command.exitOverride()
  const onInterrupt = () => void interrupted(130)
  const onTerminate = () => void interrupted(143)
  process.once('SIGINT', onInterrupt)
  process.once('SIGTERM', onTerminate)
  try {
    await program.parseAsync(args, { from: 'user' })
    // Commands that found faults in what they checked say so here.
    return typeof process.exitCode === 'number' ? process.exitCode : 0
  } catch (error) {
    return failed(error, args.includes('--debug'))
  } finally {
    process.off('SIGINT', onInterrupt)
    process.off('SIGTERM', onTerminate)
  }
}

function everyCommand(command: Command): Command[] {
  return command.commands.flatMap((each) => [each, ...everyCommand(each)])
}

async function interrupted(code: number): Promise<void> {
  await discardAll()
  process.exit(code)
}

/** Says what went wrong in one line and tells the exit code. */
function failed(error: unknown, debug: boolean): number {
  if (error instanceof CommanderError) {
    // Commander has printed its message. Help and version are no errors.
    return error.exitCode === 0 ? 0 : 2
  }
  const message = messageOf(error)
  process.stderr.write(`flowsim: ${message.replace(/\s*\n\s*/g, ' ')}\n`)
  if (debug && error instanceof Error) process.stderr.write(`${error.stack}\n`)
  return error instanceof CliError && error.code === 'usage' ? 2 : 1
}
