// Least squares of the smallest norm, as LAPACK's gelsd gives them: singular values below the largest times the
// rounding of a double count as 0.
//
// Householder reflections make a triangle of the rows, one-sided Jacobi rotations the singular values of it. Source:
// G. H. Golub and C. F. Van Loan, "Matrix computations" (4th edition), 5.2 and 8.6. A library for this costs each
// start of the program more than the regression takes.

const SWEEPS = 60

/**
 * Coefficients x of the smallest norm with the least |rows · x − targets|.
 * @param rows of the same length each
 */
export function leastSquares(
  rows: readonly (readonly number[])[],
  targets: readonly number[],
): number[] {
  const width = rows[0]?.length ?? 0
  // Rows of zeros change nothing.
  const height = Math.max(rows.length, width)
  const columns = Array.from({ length: width }, (_, i) => {
    const column = new Float64Array(height)
    for (const [row, values] of rows.entries()) column[row] = values[i]!
    return column
  })
  const right = new Float64Array(height)
  right.set(targets)
  triangulate(columns, right)
  const left = columns.map((column) => column.slice(0, width))
  const turned = diagonalise(left)
  const squares = left.map((column) => dot(column, column))
  const cutoff = Number.EPSILON ** 2 * Math.max(...squares, 0)
  const coefficients = new Array<number>(width).fill(0)
  for (let k = 0; k < width; k++) {
    if (squares[k]! <= cutoff) continue
    const share = dot(left[k]!, right) / squares[k]!
    for (let i = 0; i < width; i++) coefficients[i]! += turned[k]![i]! * share
  }
  return coefficients
}

/** Makes the columns an upper triangle, and turns `right` with them. */
function triangulate(columns: readonly Float64Array[], right: Float64Array): void {
  for (let k = 0; k < columns.length; k++) {
    const mirror = columns[k]!.slice()
    mirror.fill(0, 0, k)
    const norm = Math.sqrt(dot(mirror, mirror))
    if (norm === 0) continue
    mirror[k] = mirror[k]! + (mirror[k]! > 0 ? norm : -norm)
    const half = dot(mirror, mirror) / 2
    for (const column of [...columns.slice(k), right]) {
      add(column, mirror, -dot(mirror, column) / half)
    }
  }
}

/** Turns columns until they are at right angles to each other; returns how they were turned, by column. */
function diagonalise(columns: readonly Float64Array[]): Float64Array[] {
  const turned = columns.map((_, i) => {
    const unit = new Float64Array(columns.length)
    unit[i] = 1
    return unit
  })
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let isDone = true
    for (let p = 0; p < columns.length; p++) {
      for (let q = p + 1; q < columns.length; q++) {
        const a = dot(columns[p]!, columns[p]!)
        const b = dot(columns[q]!, columns[q]!)
        const c = dot(columns[p]!, columns[q]!)
        if (Math.abs(c) <= Number.EPSILON * Math.sqrt(a * b)) continue
        isDone = false
        const zeta = (b - a) / (2 * c)
        const tangent = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta))
        const cosine = 1 / Math.hypot(1, tangent)
        rotate(columns[p]!, columns[q]!, cosine, cosine * tangent)
        rotate(turned[p]!, turned[q]!, cosine, cosine * tangent)
      }
    }
    if (isDone) break
  }
  return turned
}

function rotate(p: Float64Array, q: Float64Array, cosine: number, sine: number): void {
  for (let i = 0; i < p.length; i++) {
    const before = p[i]!
    p[i] = cosine * before - sine * q[i]!
    q[i] = sine * before + cosine * q[i]!
  }
}

/** The product of two columns, over the length of the first. */
function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

function add(to: Float64Array, column: Float64Array, factor: number): void {
  for (let i = 0; i < to.length; i++) to[i] = to[i]! + factor * column[i]!
}
