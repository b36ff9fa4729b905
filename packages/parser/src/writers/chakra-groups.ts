// Groups of ranks by numbers that the traces of all ranks share, as ASTRA-sim's file of communicator groups has
// them: { "1": [0, 1] }, numbers from 1; a collective without a group is one of all ranks.
import type { KernelCollective } from '@flowsim/trace-schema'

export class ChakraGroups {
  readonly #ids = new Map<string, string>()
  readonly #ranks: Record<string, readonly number[]> = {}
  /** Names of groups of which no trace says the ranks. */
  readonly unknown: Set<string> = new Set()

  /** Number of a collective's group; undefined for that of all ranks. */
  idOf(
    { ranks, groupSize, groupName = '' }: KernelCollective,
    worldSize: number | null,
  ): string | undefined {
    const size = ranks?.length ?? groupSize
    if (size === undefined || size === worldSize) return undefined
    const key = ranks === undefined ? `name ${groupName}` : ranks.join(',')
    let id = this.#ids.get(key)
    if (id === undefined) {
      id = String(this.#ids.size + 1)
      this.#ids.set(key, id)
      if (ranks === undefined) this.unknown.add(groupName)
      else this.#ranks[id] = ranks
    }
    return id
  }

  /** Ranks of each group, by its number. */
  get ranks(): Readonly<Record<string, readonly number[]>> {
    return this.#ranks
  }
}
