import { Command } from 'commander'
import { expect, it } from 'vitest'
import { addCommands } from '../commands/index.js'
import { commandsPage } from '../testing/commands-page.js'

it('docs/commands.md is what the help says; vitest -u writes it anew', async () => {
  const program = new Command('flowsim')
  addCommands(program)
  await expect(commandsPage(program)).toMatchFileSnapshot('../../../../docs/commands.md')
})
