import { count, percent, si, time } from '../format.js'
import { type Model, words } from '../model.js'
import { stretchSums } from '../timeline/stretch.js'
import type { View } from '../timeline/view.js'
import { Swatch } from './family.js'

const FAMILIES = 5

/** What ran in the marked stretch of the timeline. */
export function StretchPanel(props: {
  model: Model
  stretch: View
  onZoom: () => void
  onClear: () => void
}) {
  const { model, stretch } = props
  const { from, to } = stretch
  const sums = stretchSums(model, from, to)
  const length = Math.max(1, to - from)
  const rest = sums.families.slice(FAMILIES)
  const restNs = rest.reduce((sum, { sumNs }) => sum + sumNs, 0)
  return (
    <div class="stretch" role="status" aria-label="Marked stretch">
      <p>
        <b>{time(to - from)}</b> from {time(from)}: {count(sums.count)} activities,{' '}
        {time(sums.sumNs)} of durations, busy {percent(sums.busyNs / length)}
        {sums.bytes > 0 && `, ${si(sums.bytes, 'B')} moved at least`}
        {sums.flops > 0 && `, ${si(sums.flops, 'FLOP')}`}
        {sums.withoutBytes > 0 && (
          <span class="muted">; bytes of {count(sums.withoutBytes)} are not known</span>
        )}
      </p>
      <ul class="legend">
        {sums.families.slice(0, FAMILIES).map(({ family, sumNs }) => (
          <li key={family}>
            <Swatch family={model.page.families[family]!} />
            {words(model.page.families[family]!)} {time(sumNs)}
          </li>
        ))}
        {rest.length > 0 && (
          <li>
            {rest.length} more {time(restNs)}
          </li>
        )}
      </ul>
      <div class="buttons">
        <button type="button" onClick={props.onZoom}>
          Zoom to it
        </button>
        <button type="button" onClick={props.onClear}>
          Clear
        </button>
      </div>
    </div>
  )
}
