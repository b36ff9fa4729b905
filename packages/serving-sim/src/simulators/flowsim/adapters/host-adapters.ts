// Adapters in the host's memory: so many, the one not used for the longest time goes first. One that is not there is
// fetched from storage over a link that requests share; the request waits for it, the steps do not.

import type { Preparation } from '../instance/preparations.js'
import { SerialLink } from '../instance/serial-link.js'
import type { Sequence } from '../sequence.js'
import type { AdapterOptions } from './options.js'
import { Recent } from './recent.js'

export class HostAdapters implements Preparation {
  /** Adapters that were fetched. */
  fetches = 0
  private readonly held = new Recent()
  /** When adapters that are under way arrive. */
  private readonly arrivalNs = new Map<string, number>()
  private readonly link = new SerialLink()

  constructor(private readonly options: AdapterOptions) {}

  readyNs({ adapter }: Sequence, now: number): number {
    const { hostAdapters, fetchNs } = this.options
    if (adapter === null || hostAdapters === Number.POSITIVE_INFINITY) return now
    if (!this.held.has(adapter)) {
      if (this.held.size >= hostAdapters) this.held.dropOldest(() => true)
      this.arrivalNs.set(adapter, this.link.doneNs(fetchNs, now))
      this.fetches++
    }
    this.held.use(adapter)
    return this.arrivalNs.get(adapter)!
  }

  /** The host holds nothing any more. */
  clear(): void {
    this.held.clear()
  }
}
