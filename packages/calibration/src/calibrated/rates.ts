// What carries over to a device without rows beside its listed peaks: how much of its peak it sustains and
// how fast its units pull operands, next to the device whose rows stand in for it. Measured on operations
// that both have rows of, so that one operation's rows teach what power, clocks and newer kernels make of the
// peak for another's. The factors and where they come from stand in rates.json.
import type { HardwareSpec } from '@flowsim/trace-schema'
import facts from './rates.json' with { type: 'json' }

const { about: _, ...devices } = facts.sustained
const SUSTAINED: Readonly<Record<string, { value: Readonly<Record<string, number>> }>> = devices

/** Factor on the share of the peak that a donor's kernels reach, for a kind of rows. */
export function sustainedRatio(hardware: HardwareSpec, donor: HardwareSpec, kind: string): number {
  const share = ({ name }: HardwareSpec) => SUSTAINED[name]?.value[kind] ?? 1
  return share(hardware) / share(donor)
}

/** Factor on the operands that a compute unit pulls in a cycle. */
export function pullRatio(hardware: HardwareSpec, donor: HardwareSpec): number {
  return pull(hardware) / pull(donor)
}

function pull({ vendor, computeCapability = '' }: HardwareSpec): number {
  const paired = vendor === facts.pull.vendor
  return paired && computeCapability.startsWith(facts.pull.computeCapability) ? facts.pull.value : 1
}
