// The way from a tier to an instance: fetches follow each other, on its own link and on what all instances share.
import { SerialLink } from '../../instance/serial-link.js'
import type { TierOptions } from './options.js'

export class TierLink {
  private readonly own = new SerialLink()

  /** @param total what all instances share */
  constructor(
    private readonly options: Pick<TierOptions, 'latencyNs' | 'blockNs' | 'totalBlockNs'>,
    private readonly total: SerialLink,
  ) {}

  /** When so many blocks are there: latency + bytes / bandwidth, after the fetches before. */
  doneNs(blocks: number, now: number): number {
    const { latencyNs, blockNs, totalBlockNs } = this.options
    const own = this.own.doneNs(blocks * blockNs, now)
    const total = totalBlockNs === 0 ? now : this.total.doneNs(blocks * totalBlockNs, now)
    return latencyNs + Math.max(own, total)
  }
}
