// Makes the calibration profiles of the package from the measured rows of the test corpus.
//
//   FLOWSIM_CORPUS=… node scripts/calibrate.mjs [options] [gemm] [gemm-eager] [attention] [mla] [moe]
//     [collective] [pointwise]
//
//   --out DIR          write to DIR instead of profiles/
//   --held-out DIR     leave the held-out rows away (corpus.mjs) and write to DIR
//   --only A,B         these devices of profiles that are one file a device
//   --without A,B      leave devices or operations away; only with --held-out
//
// Needs the built package (pnpm run build) and about ten minutes of one core for all of them. The same rows
// give the same bytes.
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { calibrate } from '../dist/index.js'
import { fitOptions, foldOf, groupBy, RECIPES, readTable, toCalibrationRow } from './corpus.mjs'

const { values: flags, positionals: chosen } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: 'string' },
    'held-out': { type: 'string' },
    without: { type: 'string', default: '' },
    only: { type: 'string' },
  },
})
const heldOut = flags['held-out']
const out = heldOut ?? flags.out
const folder = out ? pathToFileURL(`${resolve(out)}/`) : new URL('../profiles/', import.meta.url)
const only = flags.only?.split(',')
const without = heldOut ? flags.without.split(',') : []

for (const [name, recipe] of Object.entries(RECIPES)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue
  const rows = recipe.rows === undefined ? tableRows(recipe) : await recipe.rows()
  const parts = recipe.byDevice
    ? groupBy(rows, ({ hardware }) => hardware.name)
    : new Map([['', rows]])
  for (const [device, part] of parts) {
    if (device !== '' && only?.includes(device) === false) continue
    const title = device === '' ? name : `${name}-${device}`
    const { profile } = calibrate(part, {
      ...fitOptions(title, recipe, device),
      onSection: report,
    })
    profile.sections.sort((a, b) => place(recipe.order, a) - place(recipe.order, b))
    writeFileSync(new URL(`${title}.json`, folder), `${JSON.stringify(profile)}\n`)
  }
}

function tableRows({ files, use }) {
  return files.flatMap(([file, op]) =>
    readTable(file)
      .filter((record) => !heldOut || foldOf(op, record) === 'c')
      .map((record) => toCalibrationRow(op, record))
      .filter(
        ({ hardware, call }) => !without.includes(hardware.name) && !without.includes(call.op),
      )
      .filter((row) => use?.(row) ?? true),
  )
}

function place(order, { source }) {
  const found = order.findIndex((wanted) => source === wanted || source.startsWith(`${wanted}/`))
  return found < 0 ? order.length : found
}

function report({ family, kind, source, devices, rows, sites, after }) {
  const percent = (share) => `${(100 * share).toFixed(2)} %`
  process.stderr.write(
    `${family} ${kind} ${source} ${devices.join(' ')}: ${rows} rows, ${sites} sites, held out ${percent(after.mape)}\n`,
  )
}
