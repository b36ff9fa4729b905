// Which replica a request goes to.
import { PythonRandom } from '../python/python-random.js'
import type { VidurOptions } from './options.js'

/** Picks a replica; `pending` are the queue lengths, and grow with the picks. */
export type GlobalScheduler = (pending: number[]) => number

export function globalScheduler(options: VidurOptions): GlobalScheduler {
  const count = options.numReplicas ?? 1
  switch (options.globalScheduler ?? 'round_robin') {
    case 'round_robin': {
      let turn = 0
      return () => turn++ % count
    }
    case 'random': {
      const random = new PythonRandom(options.seed ?? 42)
      return () => random.randint(1, count) - 1
    }
    case 'lor':
      return (pending) => {
        const replica = pending.indexOf(Math.min(...pending))
        pending[replica]!++
        return replica
      }
  }
}
