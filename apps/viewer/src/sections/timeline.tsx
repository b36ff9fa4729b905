import { HOST_KINDS, shortKernelName } from '@flowsim/trace-schema'
import { useContext, useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { group } from '../aggregate.js'
import { Legend } from '../components/family.js'
import { SearchBox } from '../components/search-box.js'
import { Section } from '../components/section.js'
import { Segmented } from '../components/segmented.js'
import { StretchPanel } from '../components/stretch-panel.js'
import { Tooltip } from '../components/tooltip.js'
import { maskOf, SharedContext } from '../filter.js'
import { count, signed, time } from '../format.js'
import { kindOf, label, type Model, text } from '../model.js'
import { openInPerfetto, traceText } from '../perfetto.js'
import { canvasPng, fileName, save } from '../take-along.js'
import { Control, type Tip } from '../timeline/control.js'
import { type HostDetail, hostLanes } from '../timeline/host.js'
import { lengthOf, matchingLanes, spanLanes, streamLanes, withReplay } from '../timeline/lanes.js'
import { layout } from '../timeline/layout.js'
import type { View } from '../timeline/view.js'

const HOST_OPTIONS: { value: HostDetail; label: string }[] = [
  { value: 'none', label: 'No host' },
  { value: 'operators', label: 'Operators and calls' },
  { value: 'frames', label: 'Python too' },
]

/** Pixels of rows that are shown without scrolling. */
const SHORT = 560

/** Streams over time, on a canvas that zooms and pans. */
export function Timeline() {
  const { model, scope, selected, select, focus, found, firstView, setView } =
    useContext(SharedContext)
  const { prediction } = model.page
  const [shown, setShown] = useState<'measured' | 'both'>(
    model.replay && !prediction?.sameDevice ? 'both' : 'measured',
  )
  const lanes = useMemo(() => {
    const measured = streamLanes(model)
    return shown === 'both' ? withReplay(model, measured) : measured
  }, [model, shown])
  const spans = useMemo(() => spanLanes(model), [model])
  const [detail, setDetail] = useState<HostDetail>(model.host ? 'operators' : 'none')
  const host = useMemo(() => hostLanes(model, detail), [model, detail])
  const rows = useMemo(() => ({ spans, host, lanes }), [spans, host, lanes])
  const total = lengthOf(model, lanes)
  const canvas = useRef<HTMLCanvasElement>(null)
  const control = useRef<Control | null>(null)
  const first = useRef(true)
  const [tip, setTip] = useState<Tip | null>(null)
  const [stretch, setStretch] = useState<View | null>(null)
  const [tall, setTall] = useState(false)

  useEffect(() => {
    const own = new Control(
      canvas.current!,
      model,
      rows,
      { setTip, select, setStretch, setView },
      control.current,
    )
    control.current = own
    return () => own.stop()
  }, [model, rows, select, setView])

  useEffect(() => {
    control.current?.mark(selected)
  }, [selected])

  useEffect(() => {
    control.current?.highlight(found && matchingLanes(model, lanes, found.matches))
  }, [model, lanes, found])

  useEffect(() => {
    if (!focus) return
    const [from, to] = focus
    control.current?.show({ from: from - (to - from) / 4, to: to + (to - from) / 4 })
    canvas.current?.scrollIntoView({ block: 'center' })
  }, [focus])

  useEffect(() => {
    const steps = model.page.steps?.steps
    if (first.current && firstView) control.current?.show(firstView)
    else if (!steps || scope === 'all') control.current?.show({ from: 0, to: total })
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
    first.current = false
  }, [scope, model, total, firstView])

  const families = useMemo(
    () => group(model, maskOf(model, 'all'), (kind) => String(model.page.kinds[kind]!.family)),
    [model],
  ).map(({ family }) => model.page.families[family]!)
  const { height } = layout(rows)
  return (
    <Section
      id="timeline"
      title="Timeline"
      lead={
        <>
          Drag to mark a stretch and see its sums; <kbd>Shift</kbd> + drag pans. <kbd>Ctrl</kbd> +
          scroll zooms (after a click, scroll alone). Keys: <kbd>W</kbd> <kbd>S</kbd> zoom,{' '}
          <kbd>A</kbd> <kbd>D</kbd> or arrows pan, <kbd>F</kbd> fits what is marked, <kbd>0</kbd>{' '}
          the whole, <kbd>[</kbd> <kbd>]</kbd> previous and next kernel.
        </>
      }
    >
      <div class="timeline-choice">
        <SearchBox label="Search the timeline" />
        <div class="buttons">
          <button
            type="button"
            title="Opens ui.perfetto.dev in a tab and hands it what this page knows; nothing is sent to a server"
            onClick={() => {
              if (!openInPerfetto(model)) saveTrace(model)
            }}
          >
            Open in Perfetto
          </button>
          <button type="button" onClick={() => saveTrace(model)}>
            Save trace
          </button>
          <button
            type="button"
            aria-label="Save the timeline as PNG"
            onClick={async () =>
              save(fileName(model.page.title, 'timeline', 'png'), await canvasPng(canvas.current!))
            }
          >
            PNG
          </button>
          <button type="button" aria-label="Zoom in" onClick={() => control.current?.zoom(0.5)}>
            +
          </button>
          <button type="button" aria-label="Zoom out" onClick={() => control.current?.zoom(2)}>
            −
          </button>
          <button type="button" onClick={() => control.current?.showAll()}>
            Whole window
          </button>
          {height > SHORT && (
            <button type="button" aria-pressed={tall} onClick={() => setTall(!tall)}>
              Full height
            </button>
          )}
        </div>
        {model.host && (
          <Segmented
            label="Threads of the host"
            value={detail}
            options={HOST_OPTIONS}
            onChange={setDetail}
          />
        )}
      </div>
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
      <div class={tall ? 'timeline tall' : 'timeline'}>
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
      {stretch && (
        <StretchPanel
          model={model}
          stretch={stretch}
          onZoom={() => control.current?.fit()}
          onClear={() => {
            control.current?.markStretch(null)
            setStretch(null)
          }}
        />
      )}
      <Legend families={families} />
      {detail !== 'none' && <HostLegend model={model} shown={host.length} />}
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

/** What the colours of the host mean, and what of it is not drawn. */
function HostLegend({ model, shown }: { model: Model; shown: number }) {
  const { threads, leftOut } = model.page.host!
  return (
    <ul class="legend">
      {HOST_KINDS.map((kind) => (
        <li key={kind}>
          <span class="swatch" style={{ background: `var(--host-${kind})` }} aria-hidden="true" />
          {HOST_NAMES[kind]}
        </li>
      ))}
      {threads.length > shown && <li>threads not drawn: {count(threads.length - shown)}</li>}
      {leftOut && (
        <li>
          {count(leftOut.count)} spans of at most {time(leftOut.shorterThanNs)} left out
        </li>
      )}
    </ul>
  )
}

const HOST_NAMES = {
  annotation: 'annotations',
  operator: 'operators',
  frame: 'Python frames',
  call: 'runtime calls',
}

function saveTrace(model: Model): void {
  const content = new Blob([traceText(model)], { type: 'application/json' })
  save(fileName(model.page.title, 'perfetto', 'json'), content)
}
