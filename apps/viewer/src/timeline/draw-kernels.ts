// The kernels of a row. Those narrower than a pixel are merged: of those that share a pixel, the family that takes most
// of it is drawn. Blocks of kernels that are narrower than a pixel are not looked into.
import { label } from '../model.js'
import { heaviest, levelAt } from './blocks.js'
import type { Frame } from './draw.js'
import { fitText } from './fit-text.js'
import { firstVisible, type Lane } from './lanes.js'
import { GUTTER, LANE } from './layout.js'

/** Draws the part of a row that is in view. */
export function drawKernels(
  { ctx, model, view, scale, colors }: Frame,
  lane: Lane,
  top: number,
): void {
  const { family } = model
  const { kernels, start, end, blocks } = lane
  const weights = new Float64Array(colors.families.length)
  const pixelNs = 1 / scale
  let pixel = -1
  const flush = () => {
    if (pixel < 0) return
    ctx.fillStyle = colors.families[heaviest(weights)]!
    ctx.fillRect(pixel, top, 1, LANE)
    weights.fill(0)
    pixel = -1
  }
  const weigh = (left: number, of: number, wide: number) => {
    const at = Math.floor(left)
    if (at !== pixel) {
      flush()
      pixel = at
    }
    weights[of] = weights[of]! + wide
  }
  ctx.textAlign = 'left'
  let k = firstVisible(lane, view.from)
  while (k < kernels.length) {
    const i = kernels[k]!
    if (start[i]! > view.to) break
    const left = GUTTER + (start[i]! - view.from) * scale
    const l = levelAt(blocks, k, pixelNs)
    if (l >= 0) {
      const { size, family: of, busy } = blocks[l]!
      weigh(left, of[k / size]!, busy[k / size]! * scale)
      k += size
      continue
    }
    k++
    const wide = (end[i]! - start[i]!) * scale
    if (wide < 1) {
      weigh(left, family[i]!, wide)
      continue
    }
    flush()
    ctx.fillStyle = colors.families[family[i]!]!
    ctx.fillRect(left, top, wide > 3 ? wide - 0.5 : wide, LANE)
    if (wide > 34) {
      ctx.fillStyle = colors.onFamily
      const from = Math.max(left, GUTTER)
      fitText(ctx, label(model, i), from + 4, top + LANE / 2 + 0.5, left + wide - from - 8)
    }
  }
  flush()
}
