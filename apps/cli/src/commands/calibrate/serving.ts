// The work of `flowsim calibrate --serving`.

import { basename } from 'node:path'
import { readMeasuredRuns } from '@flowsim/serving-sim'
import { type DeploymentFit, fitDeployment } from '@flowsim/step-time'
import { counted } from '@flowsim/trace-schema'
import { optionsBeside, readText, withRepositories } from '../../inputs/serving-config.js'
import { CliError } from '../../program/errors.js'
import { say, tableText } from '../../program/lines.js'
import { Outputs } from '../../program/outputs.js'
import { note, print, printJson } from '../../program/print.js'
import { Progress } from '../../program/progress.js'
import type { CalibrateFlags } from './flags.js'

export async function calibrateServing(
  files: readonly string[],
  { config, output, json }: CalibrateFlags,
): Promise<void> {
  if (config === undefined) {
    throw new CliError('usage', '--serving: needs --config, the deployment that the runs are of')
  }
  const text = readText(config)
  const runs = files.flatMap((source) => readMeasuredRuns(readText(source), { source }))
  const options = optionsBeside(config)
  const progress = new Progress(`fitting to ${counted(runs.length, 'run')}`)
  let simulated = 0
  const fit = await withRepositories(options, {}, () =>
    fitDeployment(text, {
      ...options,
      runs,
      onSimulated: () => progress.update(() => `${++simulated} simulations`),
    }),
  ).finally(() => progress.done())
  await Outputs.file(output, `${JSON.stringify(fit.facts, null, 2)}\n`)
  const { facts: _, notes, ...rest } = fit
  for (const each of notes) note(each)
  if (json) printJson({ facts: output, ...rest, notes })
  else printFit(output, fit)
}

function printFit(path: string, { constants, errors, kvBlocks }: DeploymentFit): void {
  const right = { align: 'right' } as const
  print(
    tableText(
      [
        { label: 'constant', flexible: 'middle' },
        { label: 'before', ...right },
        { label: 'fitted', ...right },
      ],
      constants.map(({ path: name, before, after }) => [name, String(before), String(after)]),
    ),
  )
  print('')
  print(
    tableText(
      [
        { label: 'run', flexible: true },
        { label: 'half', priority: 1 },
        { label: 'requests', ...right },
        { label: 'metric' },
        { label: 'measured', ...right },
        { label: 'before', ...right },
        { label: 'fitted', ...right },
      ],
      errors.flatMap(({ source, half, requests, metrics }) =>
        metrics.map(({ metric, statistic, measuredS, beforeS, afterS }) => [
          basename(source),
          half,
          String(requests),
          `${statistic} ${metric.toUpperCase()}`,
          `${(1e3 * measuredS).toPrecision(4)} ms`,
          percent(beforeS / measuredS - 1),
          percent(afterS / measuredS - 1),
        ]),
      ),
    ),
  )
  say(
    '\nErrors of simulations with the constants of before and with the fitted ones. The fit has seen nothing of what is held out.',
  )
  print(`\n${path}`)
  say(`Take it with stepTime: { engineFacts: ${path} }`)
  if (kvBlocks !== null) {
    say(
      `The engine reported ${kvBlocks} blocks of KV cache, which the fit takes: kv: { blocks: ${kvBlocks} }`,
    )
  }
}

const percent = (share: number) => `${share < 0 ? '' : '+'}${(100 * share).toFixed(1)} %`
