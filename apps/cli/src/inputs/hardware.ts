// Devices that commands are given: names of the catalogue, or description files.
import { basename } from 'node:path'
import { findHardware, readHardware } from '@flowsim/perf-model/hardware'
import type { HardwareSpec, KernelTrace } from '@flowsim/trace-schema'
import { readJson } from './read-json.js'

/** A device by its name in the catalogue, an alias, or the path of a JSON description. */
export async function loadHardware(name: string): Promise<HardwareSpec> {
  if (!/\.json$/i.test(name)) return findHardware(name)
  return readHardware(await readJson(name), basename(name))
}

/** The device asked for, else the one that the trace ran on; undefined where that is not known. */
export async function targetHardware(
  asked: string | undefined,
  trace: KernelTrace,
): Promise<HardwareSpec | undefined> {
  if (asked !== undefined) return loadHardware(asked)
  const { hardwareOfTrace } = await import('@flowsim/pipeline')
  return hardwareOfTrace(trace)
}

/** What to say of a trace whose device the catalogue does not have. */
export function unknownDevice({ source, devices }: KernelTrace): string {
  const names = [...new Set(devices.map(({ name }) => name || 'a device without a name'))]
  const why =
    names.length === 0
      ? 'does not name its device'
      : `ran on ${names.join(', ')}, which the catalogue does not have`
  return `${source}: ${why}; name a device with --hardware (flowsim hardware list)`
}
