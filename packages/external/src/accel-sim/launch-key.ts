// What makes two launches the same to a simulator: the code, how it is spread over the device, what a block takes.
// Binaries mangle names and profilers do not, so names meet in the spelling that kernel rules see.
import { readableName } from '@flowsim/kernel-db'

/** Blocks, or threads of a block, in three directions. */
export type Extent = readonly [number, number, number]

/** A launch as far as it is known; what is absent tells nothing apart. */
export interface Launch {
  name: string
  grid?: Extent | null | undefined
  block?: Extent | null | undefined
  registersPerThread?: number | null | undefined
  sharedMemoryBytes?: number | null | undefined
}

/** Name, grid and block as one text: launches of equal text are candidates for each other. */
export function launchKey({ name, grid, block }: Launch): string {
  return `${readableName(name)} ${grid?.join('x') ?? '?'} ${block?.join('x') ?? '?'}`
}

/** Whether what both sides know of registers and shared memory is equal. */
export function sameResources(a: Launch, b: Launch): boolean {
  const agree = (x: number | null | undefined, y: number | null | undefined) =>
    x === null || x === undefined || y === null || y === undefined || x === y
  return (
    agree(a.registersPerThread, b.registersPerThread) &&
    agree(a.sharedMemoryBytes, b.sharedMemoryBytes)
  )
}
