// The spans of a thread of the host, a row for each depth. Spans that share a pixel are one mark.
import type { Frame } from './draw.js'
import { fitText } from './fit-text.js'
import { firstSpanAfter, type HostLane, spanName } from './host.js'
import { GUTTER, HOST } from './layout.js'

/** Draws the part of a thread that is in view. */
export function drawHost(
  { ctx, model, view, width, x, colors }: Frame,
  { rows }: HostLane,
  top: number,
): void {
  const host = model.host!
  const { start, end, kind } = host
  ctx.textAlign = 'left'
  rows.forEach((row, depth) => {
    const rowTop = top + depth * HOST
    let lastX = -1
    for (let k = firstSpanAfter(host, row, view.from); k < row.length; k++) {
      const span = row[k]!
      if (start[span]! > view.to) break
      const left = Math.max(GUTTER, x(start[span]!))
      const wide = Math.min(x(end[span]!), width) - left
      if (wide < 1 && left - lastX < 1) continue
      lastX = left
      ctx.fillStyle = colors.host[kind[span]!]!
      ctx.fillRect(left, rowTop, Math.max(1, wide > 3 ? wide - 0.5 : wide), HOST - 1)
      if (wide > 30) {
        ctx.fillStyle = colors.text
        fitText(ctx, spanName(model, span), left + 4, rowTop + HOST / 2, wide - 8)
      }
    }
  })
}
