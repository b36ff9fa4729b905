// How many experts the rows of a batch reach.

/**
 * Groups that get at least one of `rows` rows thrown evenly at random: g·(1 − (1 − 1/g)^rows).
 */
export function expectedGroups(rows: number, groups: number): number {
  return groups * -Math.expm1(rows * Math.log1p(-1 / Math.max(groups, 1 + Number.EPSILON)))
}
