// How wide lines are: as the terminal, 80 cells without one, or as long as their content with --wide.
const USUAL_WIDTH = 80
/** Of a narrower terminal lines are wrapped by itself. */
const NARROWEST = 40

let isWide = false

/** Whether lines are as long as their content (`--wide`). */
export function setWide(wide: boolean): void {
  isWide = wide
}

/** Cells of a line. */
export function lineWidth(): number {
  if (isWide) return Number.POSITIVE_INFINITY
  return Math.max(NARROWEST, process.stdout.columns || USUAL_WIDTH)
}
