// The work of `flowsim external plan`.
import { join, resolve } from 'node:path'
import {
  type AccelSimPlan,
  planAccelSim,
  readTracerStats,
  tracerEnvironment,
} from '@flowsim/external'
import { parseFile } from '@flowsim/parser/node'
import { cutMiddle } from '@flowsim/report/terminal'
import { counted } from '@flowsim/trace-schema'
import { readText } from '../../inputs/read-json.js'
import { CliError } from '../../program/errors.js'
import { say, tableText } from '../../program/lines.js'
import { Outputs } from '../../program/outputs.js'
import { note, print, printJson } from '../../program/print.js'
import { formatNs, formatShare } from '../../program/progress.js'
import { shellLines } from '../../program/shell-lines.js'
import type { PlanFlags } from './flags.js'

export async function plan(path: string | undefined, flags: PlanFlags): Promise<void> {
  if (path === undefined) throw new CliError('usage', 'give the trace to choose launches of')
  if (flags.npus !== undefined) {
    throw new CliError('usage', '--npus: belongs to --simulator astra-sim')
  }
  if (flags.budget !== undefined && flags.stats === undefined) {
    throw new CliError(
      'usage',
      '--budget: a trace holds no instruction counts; give the list of the tracer with --stats',
    )
  }
  const trace = await parseFile(path, { stacks: 'none' })
  const stats =
    flags.stats === undefined
      ? undefined
      : readTracerStats(await readText(flags.stats), { source: flags.stats })
  const chosen = planAccelSim(trace, {
    topTime: flags.topTime,
    budgetWarpInstructions: flags.budget,
    stats,
  })
  const environment = tracerEnvironment({
    tracer: resolve(flags.tracer),
    folder: resolve(flags.traceDir),
    launches: chosen.chosen.flatMap(({ launchNumber }) => launchNumber ?? []),
    load: flags.preload ? 'LD_PRELOAD' : 'CUDA_INJECTION64_PATH',
  })
  const files: string[] = []
  if (flags.output !== undefined) {
    const outputs = await Outputs.into(flags.output)
    try {
      files.push(
        await outputs.add('plan.json', `${JSON.stringify({ ...chosen, environment }, null, 2)}\n`),
      )
      files.push(await outputs.add('tracer.env', exportLines(environment)))
      await outputs.commit()
    } catch (error) {
      await outputs.discard()
      throw error
    }
  }
  if (flags.json) return printJson({ ...chosen, environment, outputs: files })
  printPlan(chosen)
  const unsized = chosen.chosen.filter(({ warpInstructions }) => warpInstructions === null).length
  if (flags.budget !== undefined && unsized > 0) {
    note(
      `${counted(unsized, 'chosen launch', 'chosen launches')} of unknown size, never recorded: not in the budget`,
    )
  }
  for (const file of files) print(`written: ${file}`)
  print()
  if (stats === undefined) {
    say('The trace does not number its launches. List them in a run of the same program:')
    print(shellLines(`${inOneLine(environment)} PROGRAM`))
    say('then plan again with --stats FOLDER/stats.csv. An engine is run so by')
    print(shellLines(profileCommand(flags)))
  } else {
    print('Record them in a run of the same program, without CUDA graphs:')
    print(shellLines(`${inOneLine(environment)} PROGRAM`))
    print('or, where it is an engine:')
    print(shellLines(profileCommand(flags)))
    print('then process the traces and run flowsim external run.')
  }
}

function profileCommand({ output }: PlanFlags): string {
  const plan = output === undefined ? 'PLAN.json (give -o)' : join(output, 'plan.json')
  return `flowsim profile … --sass-trace ${plan}`
}

function printPlan({ chosen, leftOut, timeShare, kinds, warpInstructions }: AccelSimPlan): void {
  say(
    `${chosen.length} of ${counted(kinds, 'kind')} of launches make up ${formatShare(timeShare)} of the kernel time`,
  )
  const cost =
    warpInstructions === null
      ? 'unknown; the list of the tracer tells those of recorded launches'
      : warpInstructions.toLocaleString('en-US')
  say(`warp instructions to simulate: ${cost}`)
  print()
  print(
    tableText(
      [
        { label: 'kernel', flexible: 'middle' },
        { label: 'time', align: 'right' },
        { label: 'share', align: 'right' },
        { label: 'launches', align: 'right' },
        { label: 'number', align: 'right' },
      ],
      chosen.map(({ name, sumNs, timeShare: share, instances, launchNumber }) => [
        name,
        formatNs(sumNs),
        formatShare(share),
        instances,
        launchNumber === null ? '–' : String(launchNumber),
      ]),
    ),
  )
  const alike = chosen.filter(({ shapes = 0 }) => shapes > 1)
  if (alike.length > 0) {
    const share = alike.reduce((sum, launch) => sum + launch.timeShare, 0)
    note(
      `${counted(alike.length, 'chosen kind')} (${formatShare(share)} of the kernel time) ${alike.length === 1 ? 'has' : 'have'} launches of several operator shapes, alike in name, grid and block: the one simulated stands for all`,
    )
  }
  for (const { name, reason, timeShare: share } of leftOut) {
    note(`left out, ${formatShare(share)}: ${REASONS[reason]}: ${cutMiddle(name, 44)}`)
  }
}

const REASONS: Readonly<Record<AccelSimPlan['leftOut'][number]['reason'], string>> = {
  communicates: 'waits for other devices',
  no_grid: 'the trace does not tell its grid',
  over_budget: 'over the budget',
  not_in_stats: 'not in the list of the tracer',
  ambiguous: 'several launches of the list may be meant',
}

function exportLines(environment: Readonly<Record<string, string>>): string {
  return Object.entries(environment)
    .map(([name, value]) => `export ${name}=${quoted(value)}\n`)
    .join('')
}

function inOneLine(environment: Readonly<Record<string, string>>): string {
  return Object.entries(environment)
    .map(([name, value]) => `${name}=${/^[\w./@-]+$/.test(value) ? value : quoted(value)}`)
    .join(' ')
}

function quoted(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`
}
