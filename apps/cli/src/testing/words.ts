// The words of a command held against the program, without doing what they say.
import { Command } from 'commander'
import { addCommands } from '../commands/index.js'

/** Parses the words as the program does and throws where it would refuse them. */
export function parseWords(words: readonly string[]): void {
  const program = new Command('flowsim')
  addCommands(program)
  const calm = (command: Command): void => {
    command.exitOverride().configureOutput({ writeOut: () => {}, writeErr: () => {} })
    if (command.commands.length === 0) command.action(() => {})
    command.commands.forEach(calm)
  }
  calm(program)
  program.parse(words, { from: 'user' })
}
