// A link or a worker that does one thing after the other: who comes while it is busy waits.

export class SerialLink {
  private freeNs = 0

  /** When something is done that takes so long and may begin now. */
  doneNs(durationNs: number, now: number): number {
    this.freeNs = Math.max(this.freeNs, now) + durationNs
    return this.freeNs
  }
}
