// Who was chosen to answer, by device, family of operations, source and list of kinds. Every estimate asks, so
// no key is put together: a list of kinds is the same object each time that `resolve` gives it.
import type { HardwareSpec } from '@flowsim/trace-schema'
import type { FamilyName } from './families/index.js'
import type { Choice } from './select.js'

type ByKinds = Map<readonly string[], Choice>
type BySource = Map<string, ByKinds>

/** Choices that were made. */
export class Choices {
  private readonly byHardware = new WeakMap<HardwareSpec, Map<FamilyName, BySource>>()

  /** Those for a device, a family and a source, by the list of kinds. */
  of(hardware: HardwareSpec, family: FamilyName, source: string): ByKinds {
    let byFamily = this.byHardware.get(hardware)
    if (byFamily === undefined) {
      byFamily = new Map()
      this.byHardware.set(hardware, byFamily)
    }
    let bySource = byFamily.get(family)
    if (bySource === undefined) {
      bySource = new Map()
      byFamily.set(family, bySource)
    }
    let byKinds = bySource.get(source)
    if (byKinds === undefined) {
      byKinds = new Map()
      bySource.set(source, byKinds)
    }
    return byKinds
  }
}
