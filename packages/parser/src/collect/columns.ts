// Growing columns of numbers, so that a million events are a few arrays and not a million objects.
//
// `data` is assigned twice at once: V8 compiles a field that has been assigned once as a constant and
// throws that code away when the column grows (measured: a tenth of the CPU of a 57 MB trace).

const FIRST = 256

/** A growing column of doubles; holds integers exactly up to 2^53. */
export class F64Column {
  data: Float64Array<ArrayBuffer> = new Float64Array(0)
  length = 0

  constructor() {
    this.data = new Float64Array(FIRST)
  }

  push(value: number): void {
    if (this.length === this.data.length) {
      const grown = new Float64Array(this.length * 2)
      grown.set(this.data)
      this.data = grown
    }
    this.data[this.length++] = value
  }

  /** Keeps the values of these rows, which rise. */
  keep(rows: ArrayLike<number>): void {
    for (let i = 0; i < rows.length; i++) this.data[i] = this.data[rows[i]!]!
    this.length = rows.length
  }
}

/** A growing column of 32-bit integers. */
export class I32Column {
  data: Int32Array<ArrayBuffer> = new Int32Array(0)
  length = 0

  constructor() {
    this.data = new Int32Array(FIRST)
  }

  push(value: number): void {
    if (this.length === this.data.length) {
      const grown = new Int32Array(this.length * 2)
      grown.set(this.data)
      this.data = grown
    }
    this.data[this.length++] = value
  }

  /** Keeps the values of these rows, which rise. */
  keep(rows: ArrayLike<number>): void {
    for (let i = 0; i < rows.length; i++) this.data[i] = this.data[rows[i]!]!
    this.length = rows.length
  }
}

/** A growing column of 16-bit integers. */
export class I16Column {
  data: Int16Array<ArrayBuffer> = new Int16Array(0)
  length = 0

  constructor() {
    this.data = new Int16Array(FIRST)
  }

  push(value: number): void {
    if (this.length === this.data.length) {
      const grown = new Int16Array(this.length * 2)
      grown.set(this.data)
      this.data = grown
    }
    this.data[this.length++] = value
  }

  /** Keeps the values of these rows, which rise. */
  keep(rows: ArrayLike<number>): void {
    for (let i = 0; i < rows.length; i++) this.data[i] = this.data[rows[i]!]!
    this.length = rows.length
  }

  /** Forgets all values and gives their memory back. */
  clear(): void {
    this.data = new Int16Array(FIRST)
    this.length = 0
  }
}

/** A column of integers that few rows have; -1 for all others. */
export class RareColumn {
  #values = new Map<number, number>()

  get length(): number {
    return this.#values.size
  }

  set(row: number, value: number): void {
    this.#values.set(row, value)
  }

  get(row: number): number {
    return this.#values.size === 0 ? -1 : (this.#values.get(row) ?? -1)
  }

  /** Keeps the values of these rows, which rise. */
  keep(rows: ArrayLike<number>): void {
    const kept = new Map<number, number>()
    for (let i = 0; i < rows.length; i++) {
      const value = this.#values.get(rows[i]!)
      if (value !== undefined) kept.set(i, value)
    }
    this.#values = kept
  }
}
