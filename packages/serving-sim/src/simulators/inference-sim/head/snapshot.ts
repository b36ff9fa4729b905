// What inference-sim's router and admission know of an instance: what it reports, as old as the refresh interval, and
// the requests that were sent there and have not ended, which are always known. Nothing is known at the start.
import type { Client } from './client.js'
import type { Instance } from './instance.js'
import type { HeadOptions } from './options.js'

export class Snapshot {
  queueDepth = 0
  batchSize = 0
  kvUtilization = 0
  private refreshedUs = 0
  private cachedUs = 0
  /** Blocks of each shared prefix that were cached, from its start. */
  private cached: ReadonlyMap<string, number> = new Map()

  constructor(
    private readonly instance: Instance,
    private readonly options: Pick<
      HeadOptions,
      'snapshotRefreshUs' | 'cacheSignalDelayUs' | 'blockSize'
    >,
    private readonly readsCaches: boolean,
  ) {}

  /** Sent there and not ended. */
  get inFlight(): number {
    return this.instance.inFlight
  }

  /** The three added up: what waits or runs counts twice. */
  get effectiveLoad(): number {
    return this.queueDepth + this.batchSize + this.inFlight
  }

  /** Reads again what is old enough. */
  look(now: number): void {
    const { instance } = this
    const { snapshotRefreshUs, cacheSignalDelayUs } = this.options
    if (now - this.refreshedUs >= snapshotRefreshUs) {
      this.refreshedUs = now
      this.queueDepth = instance.waiting.length
      this.batchSize = instance.running.length
      this.kvUtilization = instance.cache.used / instance.cache.total
    }
    if (this.readsCaches && now - this.cachedUs >= cacheSignalDelayUs) {
      this.cachedUs = now
      this.cached = instance.cachedPrefixes()
    }
  }

  /** Full blocks of a prompt that were cached. */
  cachedBlocks({ request, prefixTokens }: Client): number {
    const { prefixGroup } = request
    if (prefixGroup === undefined) return 0
    const full = Math.floor(prefixTokens / this.options.blockSize)
    return Math.min(full, this.cached.get(prefixGroup) ?? 0)
  }
}
