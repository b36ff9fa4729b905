// Text on the canvas, cut to the room that there is.

/** Text cut to a width, with an ellipsis. */
export function fitText(
  ctx: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  width: number,
): void {
  if (width < 12) return
  if (ctx.measureText(text).width <= width) {
    ctx.fillText(text, x, y)
    return
  }
  const fits = Math.floor((width / ctx.measureText(text).width) * text.length) - 1
  if (fits >= 2) ctx.fillText(`${text.slice(0, fits)}…`, x, y)
}
