// Names in the order of their last use.

export class Recent {
  private readonly names = new Set<string>()

  get size(): number {
    return this.names.size
  }

  has(name: string): boolean {
    return this.names.has(name)
  }

  /** Makes a name the latest. */
  use(name: string): void {
    this.names.delete(name)
    this.names.add(name)
  }

  /** Drops the name that was not used for the longest time among those that may go; false: none may. */
  dropOldest(mayGo: (name: string) => boolean): boolean {
    for (const name of this.names) {
      if (!mayGo(name)) continue
      this.names.delete(name)
      return true
    }
    return false
  }

  clear(): void {
    this.names.clear()
  }
}
