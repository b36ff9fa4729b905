// Edges while a graph is built: three columns that grow, and the classes that edges belong to.
import type { EdgeClass, EdgeKind } from '../graph.js'

/** Edges in the order in which they were added. */
export class EdgeList {
  count = 0
  source: Uint32Array
  target: Uint32Array
  cls: Uint16Array

  constructor(capacity: number) {
    this.source = new Uint32Array(capacity)
    this.target = new Uint32Array(capacity)
    this.cls = new Uint16Array(capacity)
  }

  add(source: number, target: number, cls: number): number {
    if (this.count === this.source.length) this.#grow()
    this.source[this.count] = source
    this.target[this.count] = target
    this.cls[this.count] = cls
    return this.count++
  }

  #grow(): void {
    const capacity = Math.ceil(this.source.length * 1.5) + 64
    const [source, target, cls] = [this.source, this.target, this.cls]
    this.source = new Uint32Array(capacity)
    this.target = new Uint32Array(capacity)
    this.cls = new Uint16Array(capacity)
    this.source.set(source)
    this.target.set(target)
    this.cls.set(cls)
  }
}

/** Classes of edges by kind and name. */
export class EdgeClasses {
  readonly list: EdgeClass[] = []
  readonly #numbers = new Map<string, number>()

  /** The class of a name, made at its first use. */
  get(kind: EdgeKind, name: string, typicalNs = Number.NaN, samples = 0): number {
    const key = `${kind} ${name}`
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    const number = this.list.push({ kind, name, typicalNs, samples }) - 1
    this.#numbers.set(key, number)
    return number
  }
}
