import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'

/** Pixels from the pointer, and from the edges of the window. */
const OFFSET = 14
const MARGIN = 8

/**
 * A tip beside the pointer, whole inside of the window: to the right and below where there is room. `x` and `y` are
 * pixels of the window.
 */
export function Tooltip({ x, y, children }: { x: number; y: number; children: ComponentChildren }) {
  const place = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    const tip = place.current!
    const { width, height } = tip.getBoundingClientRect()
    const { clientWidth, clientHeight } = document.documentElement
    const left = Math.min(x + OFFSET, clientWidth - width - MARGIN)
    const below = y + OFFSET + height + MARGIN <= clientHeight
    tip.style.left = `${Math.max(MARGIN, left)}px`
    tip.style.top = `${Math.max(MARGIN, below ? y + OFFSET : y - OFFSET - height)}px`
  })
  return (
    <div class="tooltip" ref={place} role="status">
      {children}
    </div>
  )
}
