// flowsim completion: what a shell needs to complete the program's words.

import { Argument, type Command } from 'commander'
import { example } from '../../program/help.js'

const SHELLS = ['bash', 'zsh', 'fish', 'powershell']

export function addCompletion(program: Command): void {
  const command = program
    .command('completion')
    .description('Print the script by which a shell completes commands, options and names.')
    .addArgument(new Argument('<shell>', 'your shell').choices(SHELLS))
    .action(async (shell: string) => {
      const { printScript } = await import('./run.js')
      printScript(program, shell)
    })
  example(
    command,
    'flowsim completion bash >> ~/.bashrc',
    'flowsim completion zsh > ~/.zsh/flowsim.zsh  # source it in ~/.zshrc',
    'flowsim completion fish > ~/.config/fish/completions/flowsim.fish',
  )
  // What the scripts call, with the words so far.
  const complete = program
    .command('complete [words...]', { hidden: true })
    .description('Print what may follow these words; the scripts of completion call it.')
    .action(async (words: string[]) => {
      const { printCandidates } = await import('./run.js')
      await printCandidates(program, words)
    })
  example(complete, 'flowsim complete -- parse --st')
}
