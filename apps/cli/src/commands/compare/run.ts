// The work of `flowsim compare`.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { costOf } from '@flowsim/planner'
import { renderPage } from '@flowsim/report/pages'
import { type PreparedComparison, prepareComparison } from '@flowsim/serving-sim'
import { setModelCommand } from '../../inputs/command-model.js'
import { pricesOf } from '../../inputs/prices.js'
import { optionsBeside, readText, withRepositories } from '../../inputs/serving-config.js'
import { csvText } from '../../program/csv.js'
import { Outputs } from '../../program/outputs.js'
import { print, printJson } from '../../program/print.js'
import { Progress } from '../../program/progress.js'
import { stemOf, writeTables } from '../../program/tables.js'
import { version } from '../../version.js'
import type { CompareFlags } from './flags.js'
import {
  comparisonLead,
  comparisonReport,
  comparisonRows,
  comparisonTable,
  type RunCost,
  renderComparison,
  renderCosts,
} from './print.js'
import { runCommands } from './run-commands.js'

export async function compare(file: string, flags: CompareFlags): Promise<void> {
  setModelCommand(flags.command)
  const text = readText(file)
  const options = optionsBeside(file)
  const prepared = await withRepositories(options, flags, () => prepareComparison(text, options))
  const prices = pricesOf(flags)
  const compared = await comparedRuns(file, prepared)
  const costs = compared.metrics.map(
    ({ name, spent }): RunCost => ({
      name,
      cost: spent === null ? null : costOf(spent, { settings: spent.settings, prices }),
    }),
  )
  const result = { ...compared, costs }
  const { output: folder, raw } = flags
  const paths = folder === undefined ? [] : await write(file, result, { folder, raw })
  const { comparison } = result
  if (flags.json) {
    printJson({ schema: 'flowsim.serving-comparison/1', ...comparison, costs, outputs: paths })
    return
  }
  if (flags.format !== undefined) {
    await writeTables([comparisonTable(comparison)], flags, {
      stem: stemOf(file),
      lead: comparisonLead(comparison),
      top: 200,
    })
    return
  }
  print(renderComparison(comparison))
  const priced = renderCosts(costs)
  if (priced !== null) print(`\n${priced}`)
  if (paths.length > 0) print(`\n${paths.join('\n')}`)
}

/** The comparison, after programs of others have run. */
async function comparedRuns(
  file: string,
  prepared: PreparedComparison,
): Promise<ReturnType<PreparedComparison['compare']>> {
  const scratch = await mkdtemp(join(tmpdir(), 'flowsim-compare-'))
  const progress = new Progress(`simulating the runs of ${file}`)
  try {
    const results = await runCommands(file, prepared.commands, scratch)
    return prepared.compare({ results, onRun: (name) => progress.update(() => name) })
  } finally {
    progress.done()
    await rm(scratch, { recursive: true })
  }
}

async function write(
  file: string,
  result: Parameters<typeof comparisonReport>[0],
  { folder, raw }: { folder: string; raw: true | undefined },
): Promise<string[]> {
  const { comparison, costs } = result
  const outputs = await Outputs.into(folder)
  try {
    const document = { schema: 'flowsim.serving-comparison/1', ...comparison, costs }
    await outputs.add('comparison.json', `${JSON.stringify(document, null, 2)}\n`)
    await outputs.add('comparison.csv', csvText(comparisonRows(comparison), { raw }))
    const about = { title: file, generator: `flowsim ${version}` }
    const page = renderPage(comparisonReport(result, about))
    await outputs.add('report.html', page)
    await outputs.commit()
  } catch (error) {
    await outputs.discard()
    throw error
  }
  return outputs.paths
}
