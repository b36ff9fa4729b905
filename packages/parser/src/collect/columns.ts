// Growing columns of numbers, so that a million events are a few arrays and not a million objects.
//
// `data` is assigned twice at once: V8 compiles a field that has been assigned once as a constant and
// throws that code away when the column grows (measured: a tenth of the CPU of a 57 MB trace). Each kind of array has
// a class with a `push`, so that what V8 compiles for one does not check for the others.

const FIRST = 256

type Numbers = Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Int16Array<ArrayBuffer>

/** Copies values into an array of twice their number. */
function doubled<A extends Numbers>(values: A, into: A): A {
  into.set(values)
  return into
}

/** Moves the values of these rows, which rise, to the front. */
function keepRows(values: Numbers, rows: ArrayLike<number>): number {
  for (let i = 0; i < rows.length; i++) values[i] = values[rows[i]!]!
  return rows.length
}

/** A growing column of doubles; holds integers exactly up to 2^53. */
export class F64Column {
  data: Float64Array<ArrayBuffer> = new Float64Array(0)
  length = 0

  constructor() {
    this.data = new Float64Array(FIRST)
  }

  push(value: number): void {
    if (this.length === this.data.length) {
      this.data = doubled(this.data, new Float64Array(2 * this.length))
    }
    this.data[this.length++] = value
  }

  /** Keeps the values of these rows, which rise. */
  keep(rows: ArrayLike<number>): void {
    this.length = keepRows(this.data, rows)
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
      this.data = doubled(this.data, new Int32Array(2 * this.length))
    }
    this.data[this.length++] = value
  }

  /** Keeps the values of these rows, which rise. */
  keep(rows: ArrayLike<number>): void {
    this.length = keepRows(this.data, rows)
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
      this.data = doubled(this.data, new Int16Array(2 * this.length))
    }
    this.data[this.length++] = value
  }

  /** Keeps the values of these rows, which rise. */
  keep(rows: ArrayLike<number>): void {
    this.length = keepRows(this.data, rows)
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
