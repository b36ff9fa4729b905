// A sweep as a job on a cluster: each combination of values is a point that runs a sweep of one.
import { basename, join } from 'node:path'
import { BACKENDS } from '@flowsim/profiler-runner'
import { submitPoints } from '../../jobs/run.js'
import type { ServingSweepFlags } from '../flags.js'
import type { PointValues } from './simulate-point.js'

/** Submits the points; `flowsim jobs results` gathers their metrics into one table. */
export async function submitSweep(
  points: readonly PointValues[],
  flags: ServingSweepFlags,
): Promise<void> {
  const search = [
    ...(flags.findRate ? ['--find-rate', '--tolerance', String(flags.tolerance)] : []),
    ...(flags.slo ?? []).flatMap((limit) => ['--slo', limit]),
  ]
  const jobPoints = points.map((values, index) => {
    const chosen = Object.entries(values).map(([field, value]) => `${field}=${yamlOf(value)}`)
    return {
      name: chosen.join(' ') || basename(flags.config),
      command: [
        ...program(flags.on),
        ...['serving', 'sweep', '--config', flags.config],
        ...chosen.flatMap((axis) => ['--grid', axis]),
        ...search,
        ...(flags.command === undefined ? [] : ['--command', flags.command]),
        ...(flags.prices === undefined ? [] : ['--prices', flags.prices]),
        ...['--jobs', '1', '-o', join(flags.output, String(index)), '--json'],
      ],
    }
  })
  await submitPoints(jobPoints, {
    name: 'serving-sweep',
    ...(flags.on === undefined ? {} : { on: flags.on }),
    ...(flags.image === undefined ? {} : { image: flags.image }),
    ...(flags.mount === undefined ? {} : { mount: flags.mount }),
    ...(flags.dryRun ? { dryRun: true } : {}),
    ...(flags.json ? { json: true } : {}),
  })
}

/** This very program where the points run on machines that share its files, else the image's. */
export function program(on: ServingSweepFlags['on']): string[] {
  const script = process.argv[1]
  const shares = on !== undefined && BACKENDS[on]?.sharesFiles
  if (!shares || script === undefined || !/flowsim(\.c?js)?$/.test(script)) return ['flowsim']
  return [process.execPath, script]
}

/** A value as YAML in one line, which JSON is. */
function yamlOf(value: unknown): string {
  return JSON.stringify(value)
}
