// The help of every command in lines of 80 cells: long terms stand on a line, examples go on after a backslash.
import type { Command, Help } from 'commander'
import { shellLines } from './shell-lines.js'

/** Widest column of terms; a longer term has its description below. */
const TERM_WIDTH = 28
const INDENT = '  '

/** What commander's help is formatted by. */
export const HELP_FORMAT = {
  showGlobalOptions: true,
  padWidth(command: Command, help: Help): number {
    const terms = [
      ...help.visibleOptions(command).map((option) => help.optionTerm(option)),
      ...help.visibleGlobalOptions(command).map((option) => help.optionTerm(option)),
      ...help.visibleCommands(command).map((each) => help.subcommandTerm(each)),
      ...help.visibleArguments(command).map((argument) => help.argumentTerm(argument)),
    ]
    const widths = terms.map(({ length }) => length).filter((width) => width <= TERM_WIDTH)
    return Math.max(0, ...widths)
  },
  formatItem(term: string, termWidth: number, description: string, help: Help): string {
    if (description === '') return INDENT + term
    const column = termWidth + 2 * INDENT.length
    const lines = help.boxWrap(description, (help.helpWidth ?? 80) - column).split('\n')
    const below = lines.map((line) => ' '.repeat(column) + line)
    if (term.length > termWidth) return [INDENT + term, ...below].join('\n')
    return [INDENT + term.padEnd(termWidth) + INDENT + lines[0], ...below.slice(1)].join('\n')
  },
} satisfies Partial<Help>

/** Adds examples to a command's help, each a line of a shell. */
export function example(command: Command, ...lines: string[]): Command {
  const title = lines.length > 1 ? 'Examples:' : 'Example:'
  const usual = command.helpInformation.bind(command)
  command.helpInformation = (context) =>
    `${usual(context)}\n${title}\n${lines.map(shellLines).join('\n')}\n`
  return command
}
