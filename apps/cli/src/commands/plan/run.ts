// The work of `flowsim plan`.
import { resolve } from 'node:path'
import { listModels } from '@flowsim/model-graph'
import {
  candidateText,
  configOf,
  type EngineCommand,
  engineCommands,
  frontOf,
  manifestOf,
  nearest,
  noneText,
  type Plan,
  type PlanQuestion,
  type PlanTrial,
  planDeployment,
  planDevices,
  planPage,
  shellLine,
} from '@flowsim/planner'
import { renderPage } from '@flowsim/report/pages'
import { schemaLine } from '@flowsim/serving-sim'
import { loadModel } from '@flowsim/step-time'
import { counted } from '@flowsim/trace-schema'
import { stringify } from 'yaml'
import { optionsBeside, withRepositories } from '../../inputs/serving-config.js'
import { csvText } from '../../program/csv.js'
import { CliError } from '../../program/errors.js'
import { Outputs } from '../../program/outputs.js'
import { note, print, printJson } from '../../program/print.js'
import { Progress } from '../../program/progress.js'
import { csvRows, writeTables } from '../../program/tables.js'
import { version } from '../../version.js'
import { Journal } from '../serving/sweep/journal.js'
import { digestOf } from '../serving/sweep/simulate-point.js'
import type { PlanFlags } from './flags.js'
import { deploymentsTable, refusals, renderPlan } from './print.js'
import { questionOf } from './question.js'
import { submitPlan } from './submit.js'

export async function plan(flags: PlanFlags): Promise<void> {
  if (flags.on !== undefined) return submitPlan(flags)
  if (flags.dryRun) throw new CliError('usage', '--dry-run: needs --on')
  const digests: Record<string, string> = {}
  const options = optionsBeside(resolve('plan'), (path, text) => {
    digests[path] = digestOf(text)
  })
  await withRepositories(options, flags, () => loadModel({ model: flags.model }, options.readText))
  const question = questionOf(flags, options)
  const progress = new Progress(`screening layouts of ${flags.model}`)
  const journal = journalOf(flags, question)
  const found = planDeployment(question, {
    simulations: flags.simulations,
    remember: (key, simulate) => journal?.trial(key, simulate, digests) ?? simulate(),
    onProgress: (text) => progress.update(() => text),
  })
  journal?.close()
  progress.done()
  for (const { count, example } of refusals(found)) {
    note(`${counted(count, 'simulation')} refused: ${example}`)
  }
  const [winner] = found.met
  const commands =
    winner === undefined
      ? []
      : engineCommands({ ...question, model: servedName(question.model) }, winner.candidate)
  const paths = flags.output === undefined ? [] : await write(flags, question, found, commands)
  if (flags.json) printJson({ ...documentOf(question, found, commands), outputs: paths })
  else if (flags.format !== undefined) {
    await writeTables([deploymentsTable(found)], flags, { stem: 'plan', lead: [], top: 200 })
  } else {
    print(renderPlan(found))
    const starts = commands.filter(({ engine }) => engine === flags.engine)
    if (starts.length > 0) print(`\n${starts.map(commandText).join('\n')}`)
    if (paths.length > 0) print(`\n${paths.join('\n')}`)
  }
  if (winner === undefined && !flags.asPoint)
    throw new CliError('failure', noneText(found).slice(0, 2).join('; '))
}

/** The repository of a built-in model, which engines know. */
function servedName(model: string): string {
  const known = listModels().find(({ name, aliases }) => name === model || aliases.includes(model))
  return known?.repository ?? model
}

/** What was simulated before in this folder for the same question. */
function journalOf({ output }: PlanFlags, question: PlanQuestion) {
  if (output === undefined) return null
  const { readText: _, requests, ...rest } = question
  const asked = JSON.stringify({ ...rest, requests: digestOf(JSON.stringify(requests)) })
  const journal = new Journal<{ trial: PlanTrial | null }>(output, {
    schema: 'flowsim.plan-journal/1',
    config: 'plan',
    text: asked,
  })
  const { resumed, stale } = journal
  if (resumed > 0) note(`${resumed} simulations are of before`)
  if (stale > 0) note(`${stale} simulations are made again: files they depend on changed`)
  return {
    trial(key: string, simulate: () => PlanTrial | null, files: Record<string, string>) {
      const known = journal.get({ key })
      if (known !== undefined) return known.trial
      const trial = simulate()
      journal.add({ key }, { trial, files: { ...files } })
      return trial
    },
    close: () => journal.close(),
  }
}

function documentOf(question: PlanQuestion, found: Plan, commands: readonly EngineCommand[]) {
  const { ratePerS, prices, screened, simulations, isComplete, nextPrice, least } = found
  const deployment = (tried: Plan['met'][number]) => ({
    deployment: candidateText(tried.candidate),
    mode: tried.candidate.family.mode,
    devices: planDevices(tried),
    usdPerHour: prices === null ? null : tried.price,
    limits: tried.limits,
    config: configOf(question, tried.candidate),
  })
  return {
    schema: 'flowsim.plan/1',
    model: question.model,
    ratePerS,
    prices,
    met: found.met.map((tried) => ({ ...deployment(tried), ...tried.outcome! })),
    near: nearest(found).map(deployment),
    front: frontOf([...found.met, ...found.missed]),
    commands: commands.map(({ command, ...rest }) => ({
      ...rest,
      command: command === null ? null : shellLine(command),
    })),
    screened,
    simulations,
    refused: refusals(found),
    isComplete,
    nextPrice: prices === null ? null : nextPrice,
    least:
      least === null
        ? null
        : { deployment: candidateText(least), devices: planDevices({ candidate: least }) },
  }
}

function commandText({ engine, role, instances, command, notes }: EngineCommand): string {
  const head = `# ${engine}, ${instances} ${role === 'both' ? 'instances' : `${role} instances`}`
  const lines = notes.flatMap((line) =>
    folded(line.split(' '), { first: '# ', next: '# ', end: '' }),
  )
  const words = (command ?? []).map((word) => shellLine([word]))
  const call = command === null ? [] : folded(words, { first: '', next: '    ', end: ' \\' })
  return [head, ...lines, ...call].join('\n')
}

/** Columns of a terminal. */
const WIDTH = 80

/** Words in lines that fit a terminal, each but the last with `end`. */
function folded(
  words: readonly string[],
  { first, next, end }: { first: string; next: string; end: string },
): string[] {
  const lines: string[] = []
  let line = first
  for (const [i, word] of words.entries()) {
    const joined = i === 0 || line === next ? line + word : `${line} ${word}`
    if (joined.length + end.length <= WIDTH || line === next || i === 0) line = joined
    else {
      lines.push(line + end)
      line = next + word
    }
  }
  return [...lines, line]
}

/** Files that only a plan with a winner has. */
const OF_WINNER = ['winner.yaml', 'commands.sh', 'kubernetes.yaml']

async function write(
  { output, engine, image }: PlanFlags,
  question: PlanQuestion,
  found: Plan,
  commands: readonly EngineCommand[],
): Promise<string[]> {
  const outputs = await Outputs.into(output!)
  const generator = `flowsim ${version}`
  try {
    const document = documentOf(question, found, commands)
    await outputs.add('plan.json', `${JSON.stringify(document, null, 2)}\n`)
    await outputs.add('plan.csv', csvText(csvRows(deploymentsTable(found))))
    const page = planPage(question, found, { commands, generator })
    await outputs.add('report.html', renderPage(page))
    const [winner] = found.met
    if (winner !== undefined) {
      const config = stringify(configOf(question, winner.candidate))
      await outputs.add(
        'winner.yaml',
        `${schemaLine('serving')}# ${candidateText(winner.candidate)}\n${config}`,
      )
      await outputs.add('commands.sh', `${commands.map(commandText).join('\n\n')}\n`)
      const own = commands.filter((command) => command.engine === engine)
      // A part of a deployment serves nobody; commands.sh says what the engine has no option for.
      if (own.every(({ command }) => command !== null)) {
        const documents = manifestOf(winner.candidate, own, image)
        await outputs.add(
          'kubernetes.yaml',
          documents.map((one) => stringify(one, { aliasDuplicateObjects: false })).join('---\n'),
        )
      }
    }
    outputs.replaces((name) => OF_WINNER.includes(name))
    await outputs.commit()
  } catch (error) {
    await outputs.discard()
    throw error
  }
  return outputs.paths
}
