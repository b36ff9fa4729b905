// Versions of engines: numbers with dots between.

/** Compares as far as the shorter of the two says: 0.19.2 is within 0.19. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) =>
    text.replace(/^v/, '').split('.').map(Number.parseFloat),
  )
  const parts = Math.min(left!.length, right!.length)
  for (let i = 0; i < parts; i++) {
    if (left![i] !== right![i]) return left![i]! - right![i]!
  }
  return 0
}
