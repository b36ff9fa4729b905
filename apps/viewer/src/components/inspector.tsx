import type { ComponentChildren } from 'preact'
import { useContext } from 'preact/hooks'
import { SharedContext } from '../filter.js'
import { percent, si, signed, time } from '../format.js'
import { kindOf, label, text, words } from '../model.js'
import { Swatch } from './family.js'

/** Everything that is known of the selected kernel. */
export function Inspector() {
  const { model, selected, select } = useContext(SharedContext)
  if (selected < 0) return null
  const { page } = model
  const kind = kindOf(model, selected)
  const duration = model.duration[selected]!
  const predicted = model.predicted[selected]!
  const seconds = duration * 1e-9
  const family = page.families[kind.family]!
  const stream = page.streams[model.stream[selected]!]!
  const layer = model.layer[selected]!
  const step = model.step[selected]!
  const launch = page.kernels.launch[selected]!
  const bound = page.kernels.bound?.[selected] ?? -1
  const stack = page.stacks[page.kernels.stack?.[selected] ?? -1]
  const roof = page.device?.ceilings.find(({ of }) => of === kind.roof)?.perS
  const dram = page.device?.ceilings.find(({ of }) => of === 'dram')?.perS
  const least =
    roof && dram && kind.flops !== null && kind.bytes !== null
      ? Math.max(kind.flops / roof, kind.bytes / dram)
      : null
  return (
    <aside class="inspector" aria-label="Selected kernel">
      <div class="inspector-head">
        <Swatch family={family} />
        <b>{label(model, selected)}</b>
        <span class="muted">kernel {selected}</span>
        <button type="button" onClick={() => select(-1)} aria-label="Close">
          ×
        </button>
      </div>
      <p class="mono name">{text(model, kind.name)}</p>
      <dl>
        <Row label="Operation">
          {kind.op === null ? 'unknown' : words(kind.op)}
          {kind.op !== family && `, ${words(family)}`}
        </Row>
        <Row label="Shape">{text(model, kind.shape) || text(model, kind.missing)}</Row>
        <Row label="Operator">{text(model, kind.operator)}</Row>
        <Row label="Library">{text(model, kind.library)}</Row>
        <Row label="Duration">{time(duration)}</Row>
        {!Number.isNaN(predicted) && (
          <Row label="Predicted">
            {time(predicted)}, {signed(predicted / Math.max(1, duration) - 1)}
            {bound >= 0 && `, bound by ${page.bounds[bound]}`}
          </Row>
        )}
        {kind.flops !== null && kind.flops > 0 && seconds > 0 && (
          <Row label="Achieved">
            {si(kind.flops / seconds, 'FLOP/s')}
            {kind.bytes !== null && kind.bytes > 0 && `, ${si(kind.bytes / seconds, 'B/s')}`}
            {least !== null && `, ${percent(least / seconds)} of its roof`}
          </Row>
        )}
        {!kind.flops && kind.bytes !== null && kind.bytes > 0 && seconds > 0 && (
          <Row label="Moved">
            {si(kind.bytes, 'B')}, {si(kind.bytes / seconds, 'B/s')}
          </Row>
        )}
        <Row label="Grid">{kind.grid ?? ''}</Row>
        <Row label="Where">
          GPU {stream.device}, stream {stream.stream}
          {layer >= 0 && `, ${page.layers!.names[layer]}`}
          {step >= 0 && `, step ${step}`}
        </Row>
        <Row label="Start">{time(model.start[selected]!)} into the window</Row>
        {launch >= 0 && (
          <Row label="Launch">
            {page.launches[launch]}, {time(page.kernels.launchLead[selected]!)} before
          </Row>
        )}
      </dl>
      {stack && (
        <details>
          <summary>Call stack</summary>
          <ol class="mono">
            {stack.map((frame, f) => (
              <li key={f}>{text(model, frame)}</li>
            ))}
          </ol>
        </details>
      )}
    </aside>
  )
}

function Row({ label: name, children }: { label: string; children: ComponentChildren }) {
  if (children === '' || children === null || children === undefined) return null
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}
