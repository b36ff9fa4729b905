// How many drafted tokens are accepted, by published figures of multi-token prediction: acceptance.json.
import { readFileSync } from 'node:fs'

/** Published figures, each with the chance that a drafted token is accepted, once those before it are. */
export const ACCEPTANCES = JSON.parse(
  readFileSync(new URL('acceptance.json', import.meta.url), 'utf8'),
).figures.map((figure) => ({ ...figure, mean: chanceOf(figure) }))

/** Drafted tokens of DeepSeek V3 and R1 that figures are published of. */
const DEPTHS = [1, 2, 3]

/** Tokens of a step where so many of DeepSeek V3 or R1 are drafted, by the figure that an engine measured last. */
export function tokensWhere(drafted) {
  const { mean } = ACCEPTANCES.findLast(
    ({ model, drafted: n }) => /DeepSeek-(V3|R1)$/.test(model) && n === drafted,
  )
  return tokensOf(mean, drafted)
}

/** How many tokens are drafted where a step gives so many: those whose figure is the nearest. */
export function depthOf(tokens) {
  const least = Math.max(1, Math.ceil(tokens - 1))
  const off = (depth) => Math.abs(tokensWhere(depth) - tokens)
  return DEPTHS.filter((depth) => depth >= least).reduce((a, b) => (off(b) < off(a) ? b : a))
}

/** The constant chance `a` with which 1 + a + a² + … tokens come of a step, or the middle of what is published. */
function chanceOf({ drafted, tokensPerStep, chance }) {
  if (chance !== undefined) return (chance[0] + chance[1]) / 2
  let low = 0
  let high = 1
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2
    if (tokensOf(middle, drafted) < tokensPerStep) low = middle
    else high = middle
  }
  return low
}

function tokensOf(chance, drafted) {
  let tokens = 1
  for (let i = 1; i <= drafted; i++) tokens += chance ** i
  return tokens
}
