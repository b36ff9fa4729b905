// docs/commands.md, made from the program's own help.
import type { Argument, Command, Option } from 'commander'

const HEAD = `# Commands

Every command of \`flowsim\`, its arguments and options. This page is made from the program's help, which
\`flowsim COMMAND --help\` prints too. Files and servers of the examples are yours; a test holds their words
against the program. [Tutorials](tutorials/README.md) are where to begin.

Exit codes: 0 done, 1 failed, 2 used wrongly. Results go to stdout, everything else to stderr.
`

/** The page of a program with all its commands. */
export function commandsPage(program: Command): string {
  return [HEAD, ...contents(program), ...leaves(program).flatMap(section)].join('\n')
}

/** Commands that do something, in the order of the help. */
function leaves(command: Command): Command[] {
  const inner = visible(command)
  return inner.length === 0 ? [command] : inner.flatMap(leaves)
}

const visible = (command: Command) =>
  command
    .createHelp()
    .visibleCommands(command)
    .filter((each) => each.name() !== 'help')

function contents(program: Command): string[] {
  const groups = new Map<string, Command[]>()
  for (const command of visible(program)) {
    const group = command.helpGroup()
    groups.set(group, [...(groups.get(group) ?? []), ...leaves(command)])
  }
  const items = [...groups].map(([group, commands]) => {
    const links = commands.map((each) => `[${pathOf(each)}](#${anchorOf(each)})`)
    return `- ${group} ${links.join(', ')}`
  })
  return [...items, '']
}

const anchorOf = (command: Command) => `flowsim-${pathOf(command).replaceAll(' ', '-')}`

/** Words of a command after the program's name. */
function pathOf(command: Command): string {
  const { parent } = command
  return parent?.parent ? `${pathOf(parent)} ${command.name()}` : command.name()
}

function section(command: Command): string[] {
  const help = command.createHelp()
  const rows = [
    ...help.visibleArguments(command).map((each) => row(each.name(), each)),
    ...help
      .visibleOptions(command)
      .filter(({ long }) => long !== '--help')
      .map((each) => row(each.flags, each)),
  ]
  const usage = help.commandUsage(command)
  const examples = examplesOf(command)
  return [
    `## flowsim ${pathOf(command)}`,
    '',
    text(command.description()),
    '',
    '```text',
    usage,
    '```',
    '',
    ...(rows.length > 0 ? ['| argument or option | meaning |', '| --- | --- |', ...rows, ''] : []),
    ...(examples.length > 0 ? ['```sh', ...examples, '```', ''] : []),
  ]
}

function row(name: string, { description, defaultValue, ...rest }: Argument | Option): string {
  const facts = [
    rest.argChoices && `one of ${rest.argChoices.map((choice) => `\`${choice}\``).join(', ')}`,
    'mandatory' in rest && rest.mandatory && defaultValue === undefined && 'required',
    isSaid(defaultValue) && `default \`${rest.defaultValueDescription ?? String(defaultValue)}\``,
  ].filter((fact) => typeof fact === 'string')
  const meaning = [text(description), ...facts].filter((part) => part !== '').join('; ')
  return `| \`${name.replaceAll('|', '\\|')}\` | ${meaning.replaceAll('|', '\\|')} |`
}

const isSaid = (value: unknown) => value !== undefined && typeof value !== 'boolean'

/** A text whose angle brackets are not taken for HTML. */
const text = (words: string) => words.replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** The lines under "Example" of the help. */
function examplesOf(command: Command): string[] {
  let printed = ''
  command.configureOutput({
    writeOut: (part) => {
      printed += part
    },
  })
  command.outputHelp()
  const [, after = ''] = printed.split(/^Examples?:$/m)
  return after
    .split('\n')
    .map((line) => line.replace(/^ {2}/, '').trimEnd())
    .filter((line) => line !== '')
}
