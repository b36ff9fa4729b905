// Which ranks communicate. Ranks of a stage are numbered with tensor parallelism innermost, then
// context, then data; groups are named by their kind and first rank.
import type { CommunicationGroup, Layout } from '../parallelism.js'

/** A communicator. */
export interface Communicator {
  name: string
  description: CommunicationGroup
  backend: string
  size: number
  ranks: number[]
}

/** The communicator of each kind that a rank belongs to. */
export type Communicators = Record<CommunicationGroup, (rank: number) => Communicator>

/**
 * The communicators of a stage.
 * @param first - its first rank
 */
export function communicators(layout: Layout, first: number): Communicators {
  const { tensor: t, context: c, data: d } = layout
  const size = t * c * d
  const at = (ti: number, ci: number, di: number) => first + ti + t * (ci + c * di)
  const place = (rank: number) => {
    const own = rank - first
    return { ti: own % t, ci: Math.floor(own / t) % c, di: Math.floor(own / (t * c)) }
  }
  const kind = (
    description: CommunicationGroup,
    count: number,
    member: (i: number, own: ReturnType<typeof place>) => number,
  ) => {
    const known = new Map<number, Communicator>()
    return (rank: number): Communicator => {
      const found = known.get(rank)
      if (found !== undefined) return found
      const own = place(rank)
      const ranks = Array.from({ length: count }, (_, i) => member(i, own))
      const name = `${description}_${ranks[0]}`
      const group = { name, description, backend: 'cuda:nccl', size: count, ranks }
      known.set(rank, group)
      return group
    }
  }
  return {
    tensor: kind('tensor', t, (i, { ci, di }) => at(i, ci, di)),
    context: kind('context', c, (i, { ti, di }) => at(ti, i, di)),
    data: kind('data', d, (i, { ti, ci }) => at(ti, ci, i)),
    expert: layout.moeOverContext
      ? kind('expert', size, (i) => first + i)
      : kind('expert', t * d, (i, { ci }) => at(i % t, ci, Math.floor(i / t))),
    pipeline: kind('pipeline', 1, (_, { ti, ci, di }) => at(ti, ci, di)),
  }
}
