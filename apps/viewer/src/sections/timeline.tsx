import { shortKernelName } from '@flowsim/trace-schema'
import { useContext, useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { group } from '../aggregate.js'
import { Legend } from '../components/family.js'
import { Section } from '../components/section.js'
import { Segmented } from '../components/segmented.js'
import { Tooltip } from '../components/tooltip.js'
import { maskOf, SharedContext } from '../filter.js'
import { count, signed, time } from '../format.js'
import { kindOf, label, type Model, text } from '../model.js'
import { Control, type Tip } from '../timeline/control.js'
import { layout } from '../timeline/draw.js'
import { lengthOf, spanLanes, streamLanes, withReplay } from '../timeline/lanes.js'

/** Streams over time, on a canvas that zooms and pans. */
export function Timeline() {
  const { model, scope, selected, select, focus } = useContext(SharedContext)
  const { prediction } = model.page
  const [shown, setShown] = useState<'measured' | 'both'>(
    model.replay && !prediction?.sameDevice ? 'both' : 'measured',
  )
  const lanes = useMemo(() => {
    const measured = streamLanes(model)
    return shown === 'both' ? withReplay(model, measured) : measured
  }, [model, shown])
  const spans = useMemo(() => spanLanes(model), [model])
  const total = lengthOf(model, lanes)
  const canvas = useRef<HTMLCanvasElement>(null)
  const control = useRef<Control | null>(null)
  const [tip, setTip] = useState<Tip | null>(null)

  useEffect(() => {
    const own = new Control(
      canvas.current!,
      model,
      spans,
      lanes,
      { setTip, select },
      control.current,
    )
    control.current = own
    return () => own.stop()
  }, [model, lanes, spans, select])

  useEffect(() => {
    control.current?.mark(selected)
  }, [selected])

  useEffect(() => {
    if (!focus) return
    const [from, to] = focus
    control.current?.show({ from: from - (to - from) / 4, to: to + (to - from) / 4 })
    canvas.current?.scrollIntoView({ block: 'center' })
  }, [focus])

  useEffect(() => {
    const steps = model.page.steps?.steps
    if (!steps || scope === 'all') control.current?.show({ from: 0, to: total })
    else {
      const inside = steps.filter((step, i) =>
        'step' in scope ? i === scope.step : step.phase === scope.phase,
      )
      const from = Math.min(...inside.map(({ startNs }) => startNs)) - model.page.budget.startNs
      const to =
        Math.max(...inside.map(({ startNs, durationNs }) => startNs + durationNs)) -
        model.page.budget.startNs
      const margin = (to - from) * 0.02
      control.current?.show({ from: from - margin, to: to + margin })
    }
  }, [scope, model, total])

  const families = useMemo(
    () => group(model, maskOf(model, 'all'), (i) => String(model.family[i])),
    [model],
  ).map(({ family }) => model.page.families[family]!)
  const { height } = layout(spans.length, lanes.length)
  return (
    <Section
      id="timeline"
      title="Timeline"
      lead={
        <>
          Drag to pan, <kbd>Ctrl</kbd> + scroll to zoom (after a click, scroll alone),{' '}
          <kbd>Shift</kbd> + drag to zoom into a stretch. Keys: <kbd>←</kbd> <kbd>→</kbd> pan,{' '}
          <kbd>+</kbd> <kbd>−</kbd> zoom, <kbd>0</kbd> whole window, <kbd>[</kbd> <kbd>]</kbd>{' '}
          previous and next kernel.
        </>
      }
    >
      {model.replay && (
        <div class="timeline-choice">
          <Segmented
            label="Runs that the timeline shows"
            value={shown}
            options={[
              { value: 'measured', label: 'Measured' },
              { value: 'both', label: 'Measured and predicted' },
            ]}
            onChange={setShown}
          />
          {shown === 'both' && (
            <span class="muted">
              Below each stream, the same activities replayed with their times predicted for{' '}
              {prediction?.hardware}; both runs begin with their first kernel.
            </span>
          )}
        </div>
      )}
      <div class="timeline">
        <canvas
          ref={canvas}
          tabIndex={0}
          role="img"
          aria-label={`${count(model.count)} activities on ${lanes.length} streams over ${time(total)}; the table of activities lists them`}
          style={{ height: `${height}px` }}
        />
        {tip && (
          <Tooltip x={tip.x} y={tip.y}>
            {tip.kernel >= 0 ? <KernelTip model={model} kernel={tip.kernel} /> : tip.text}
          </Tooltip>
        )}
      </div>
      <Legend families={families} />
    </Section>
  )
}

function KernelTip({ model, kernel }: { model: Model; kernel: number }) {
  const kind = kindOf(model, kernel)
  const shape = text(model, kind.shape)
  const predicted = model.predicted[kernel]!
  const duration = model.duration[kernel]!
  const lead = model.page.kernels.launchLead[kernel]!
  return (
    <>
      <b>{label(model, kernel)}</b>
      {shape !== '' && <span> {shape}</span>}
      <br />
      <span class="mono">{shortKernelName(text(model, kind.name))}</span>
      <br />
      {time(duration)}
      {!Number.isNaN(predicted) && (
        <>
          , predicted {time(predicted)} ({signed(predicted / Math.max(1, duration) - 1)})
        </>
      )}
      <br />
      <span class="muted">
        at {time(model.start[kernel]!)}
        {model.replay && `, predicted at ${time(model.replay.start[kernel]!)}`}
        {lead >= 0 && `, launched ${time(lead)} before`}
      </span>
    </>
  )
}
