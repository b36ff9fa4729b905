// The words of a command held against the program, without doing what they say.
import { Command } from 'commander'
import { addCommands } from '../commands/index.js'
import { CliError } from '../program/errors.js'

/** Parses the words as the program does and throws where it knows a command or an option not. */
export async function parseWords(words: readonly string[]): Promise<void> {
  const program = new Command('flowsim')
  addCommands(program)
  const calm = (command: Command): void => {
    command.exitOverride().configureOutput({ writeOut: () => {}, writeErr: () => {} })
    if (command.commands.length === 0) command.action(() => {})
    command.commands.forEach(calm)
  }
  calm(program)
  try {
    await program.parseAsync(words, { from: 'user' })
  } catch (error) {
    // What the words ask for is another question.
    if (!(error instanceof CliError)) throw error
  }
}
