// The work of `flowsim hardware`.
import {
  type HardwareProblem,
  listHardware,
  sourceOf,
  validateHardware,
} from '@flowsim/perf-model/hardware'
import type { TableCell } from '@flowsim/report/terminal'
import { counted, type HardwareSpec, memoryLevel } from '@flowsim/trace-schema'
import { loadHardware } from '../../inputs/hardware.js'
import { readJson } from '../../inputs/read-json.js'
import { say, tableText } from '../../program/lines.js'
import { print, printJson } from '../../program/print.js'
import { type FormatFlags, type ResultTable, writeTables } from '../../program/tables.js'

export async function listDevices(flags: FormatFlags): Promise<void> {
  const devices = listHardware()
  if (flags.json) {
    printJson(
      devices.map(({ name, title, aliases, vendor, architecture }) => ({
        name,
        title,
        aliases,
        vendor,
        architecture,
      })),
    )
    return
  }
  const table = devicesTable(devices)
  if (flags.format !== undefined) {
    await writeTables([table], flags, { stem: 'hardware', lead: [], top: devices.length })
    return
  }
  const shown = (cell: TableCell) => {
    if (cell === null) return '-'
    return typeof cell === 'number' ? String(Number(cell.toPrecision(4))) : cell
  }
  print(
    tableText(
      table.columns,
      table.rows.map((row) => row.map(shown)),
    ),
  )
}

function devicesTable(devices: readonly HardwareSpec[]): ResultTable {
  const right = { align: 'right' } as const
  return {
    name: 'hardware',
    title: 'Devices',
    columns: [
      { label: 'name' },
      { label: 'device', flexible: true, priority: -1 },
      { label: 'units', ...right, priority: -3 },
      { label: 'bf16/fp16 TFLOP/s', ...right },
      { label: 'fp8 TFLOP/s', ...right },
      { label: 'memory GB/s', ...right },
      { label: 'memory GB', ...right },
      { label: 'L2 MB', ...right, priority: -2 },
    ],
    rows: devices.map((spec) => {
      const { matrixFlopsPerS, computeUnits } = spec.device
      const dram = memoryLevel(spec, 'dram')
      return [
        spec.name,
        spec.title,
        computeUnits,
        figure(matrixFlopsPerS.bf16 ?? matrixFlopsPerS.fp16, 1e12),
        figure(matrixFlopsPerS.fp8_e4m3, 1e12),
        figure(dram?.bandwidthBytesPerS, 1e9),
        figure(dram?.capacityBytes, 1e9),
        figure(memoryLevel(spec, 'l2')?.capacityBytes, 1e6),
      ]
    }),
  }
}

function figure(value: number | undefined, unit: number): number | null {
  return value === undefined ? null : value / unit
}

export async function showDevice(name: string, flags: { json?: true }): Promise<void> {
  const spec = await loadHardware(name)
  if (flags.json) {
    printJson(spec)
    return
  }
  say(`${spec.name}: ${spec.title}`)
  say(`known to traces as: ${spec.aliases.join(', ') || '-'}\n`)
  print(
    tableText(
      [
        { label: 'path' },
        { label: 'value', align: 'right' },
        { label: 'source', flexible: 'wrap' },
      ],
      [...figures(spec, '', spec)].map(([path, value]) => [
        path,
        value,
        sourceOf(spec, path) ?? '-',
      ]),
    ),
  )
  for (const note of spec.notes ?? []) say(`\nnote: ${note}`)
}

/** Numbers of a description with their paths. */
function* figures(spec: HardwareSpec, path: string, value: unknown): Generator<[string, string]> {
  if (typeof value === 'number')
    yield [path, value >= 1e6 || value < 1e-3 ? value.toPrecision(4) : String(value)]
  else if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) {
      const key = (item as { name?: string }).name ?? String(i)
      yield* figures(spec, `${path}.${key}`, item)
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) {
      if (path === '' && key === 'sources') continue
      yield* figures(spec, path === '' ? key : `${path}.${key}`, member)
    }
  }
}

export async function validateDevices(
  files: readonly string[],
  flags: { json?: true },
): Promise<void> {
  const results: { file: string; problems: HardwareProblem[] }[] = []
  for (const file of files) results.push({ file, problems: validateHardware(await readJson(file)) })
  if (flags.json) printJson(results)
  else {
    for (const { file, problems } of results) {
      print(`${file}: ${problems.length === 0 ? 'sound' : counted(problems.length, 'problem')}`)
      for (const { severity, path, message } of problems) say(`  ${severity}: ${path}: ${message}`)
    }
  }
  const isWrong = results.some(({ problems }) =>
    problems.some(({ severity }) => severity === 'error'),
  )
  if (isWrong) process.exitCode = 1
}
