// The work of `flowsim completion`: protocol and scripts but bash's are those of @bomb.sh/tab, the words those of the program.
import tab, { type RootCommand, ShellCompDirective, script } from '@bomb.sh/tab'
import type { Argument, Command, Option } from 'commander'
import { print } from '../../program/print.js'
import { bashScript } from './bash-script.js'

type Complete = (value: string, description: string) => void

/** Prints the script of a shell. */
export function printScript(program: Command, shell: string): void {
  if (shell === 'bash') print(bashScript(program.name()).trimEnd())
  else script(shell as Parameters<typeof script>[0], program.name(), program.name())
}

/** Prints what may follow the words so far, the last of which is being typed. */
export async function printCandidates(program: Command, words: readonly string[]): Promise<void> {
  const names = await namesFor(words)
  add(tab, program, '', names)
  // The library completes no files; its printing is replaced by one that lets the shell do so.
  Object.assign(tab, { complete: completeOrFiles })
  tab.parse([...words])
}

/** Names of devices, models and operations, where the command before may ask for them. */
async function namesFor(words: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const names = new Map<string, readonly string[]>()
  const asksFor = (text: string) => words.some((word) => word.startsWith(text))
  if (asksFor('--hardware')) {
    const { listHardware } = await import('@flowsim/perf-model/hardware')
    names.set(
      'hardware',
      listHardware().map(({ name }) => name),
    )
  }
  if (words[0] === 'estimate') {
    const { OP_NAMES } = await import('@flowsim/trace-schema')
    names.set('op', OP_NAMES)
  }
  return names
}

function add(
  root: RootCommand,
  command: Command,
  path: string,
  names: ReadonlyMap<string, readonly string[]>,
): void {
  const known = path === '' ? root : root.command(path, command.description())
  for (const option of command.createHelp().visibleOptions(command)) {
    const long = option.long?.slice(2)
    if (long === undefined) continue
    const takesValue = option.required || option.optional
    const values = option.argChoices ?? names.get(long) ?? []
    const short = option.short?.slice(1)
    if (takesValue) known.option(long, option.description, valuesOf(values), short)
    else known.option(long, option.description, short)
  }
  for (const argument of command.registeredArguments) {
    const values = argument.argChoices ?? names.get(argument.name()) ?? []
    known.argument(argument.name(), valuesOf(values), argument.variadic)
  }
  for (const each of command.createHelp().visibleCommands(command)) {
    add(root, each, path === '' ? each.name() : `${path} ${each.name()}`, names)
  }
}

function valuesOf(values: NonNullable<(Option | Argument)['argChoices']> | readonly string[]) {
  return (complete: Complete) => {
    for (const value of values) complete(value, '')
  }
}

/** Prints the candidates for a word; where there are none and it is not an option, the shell offers files. */
function completeOrFiles(this: RootCommand, word: string): void {
  const typed = word.includes('=') ? word.slice(word.indexOf('=') + 1) : word
  const seen = new Set<string>()
  for (const { value, description } of this.completions) {
    if (seen.has(value) || !value.startsWith(typed)) continue
    seen.add(value)
    process.stdout.write(`${value}\t${description ?? ''}\n`)
  }
  const isFile = seen.size === 0 && !word.startsWith('-')
  const directive = isFile
    ? ShellCompDirective.ShellCompDirectiveDefault
    : ShellCompDirective.ShellCompDirectiveNoFileComp
  process.stdout.write(`:${directive}\n`)
}
