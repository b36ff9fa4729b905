// Numbers of host threads, so that no text is made to compare two.

export class ThreadNumbers {
  readonly #names: string[] = []
  readonly #numbers = new Map<number | string, Map<number | string, number>>()

  /** The number of a thread, a new one where it is the first time. */
  numberOf(pid: number | string, tid: number | string): number {
    let ofProcess = this.#numbers.get(pid)
    if (ofProcess === undefined) {
      ofProcess = new Map()
      this.#numbers.set(pid, ofProcess)
    }
    let number = ofProcess.get(tid)
    if (number === undefined) {
      number = this.#names.push(`${pid} ${tid}`) - 1
      ofProcess.set(tid, number)
    }
    return number
  }

  /** The number of a thread; −1 where it has none. */
  get(pid: number | string, tid: number | string): number {
    return this.#numbers.get(pid)?.get(tid) ?? -1
  }

  /** The place of each thread by its name. */
  places(): number[] {
    const sorted = [...this.#names].sort((a, b) => a.localeCompare(b))
    return this.#names.map((name) => sorted.indexOf(name))
  }
}
