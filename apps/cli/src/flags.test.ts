// The words of all commands together: a flag means one thing, and a thing has one flag.
import { Command } from 'commander'
import { expect, it } from 'vitest'
import { addCommands } from './commands/index.js'

const program = new Command('flowsim')
addCommands(program)

const every = (command: Command): Command[] => [command, ...command.commands.flatMap(every)]

/** Kinds of value of each long flag, as help writes them, with the commands that take it so. */
function values(): Map<string, Map<string, string[]>> {
  const found = new Map<string, Map<string, string[]>>()
  for (const command of every(program)) {
    for (const { long, flags } of command.options) {
      const kinds = found.get(long!) ?? new Map<string, string[]>()
      const value = /[<[].*/.exec(flags)?.[0] ?? 'nothing'
      kinds.set(value, [...(kinds.get(value) ?? []), command.name()])
      found.set(long!, kinds)
    }
  }
  return found
}

it('a flag takes the same kind of value in every command', () => {
  const several = [...values()]
    // A command writes a folder or a file.
    .filter(([long, kinds]) => long !== '--output' && kinds.size > 1)
    .map(([long, kinds]) => `${long}: ${[...kinds].map(([value, by]) => `${value} (${by})`)}`)
  expect(several).toEqual([])
})

it('no flag is hidden but what commands give each other', () => {
  const hidden = every(program).flatMap(({ options }) =>
    options.filter((option) => option.hidden).map(({ long }) => long),
  )
  expect(hidden).toEqual(['--as-point'])
})
