// The app: the traces that were opened on the left, what is asked of them on the right.
import { useEffect, useState } from 'preact/hooks'
import { DropZone } from './components/drop-zone.js'
import { DiffView } from './diff/diff-view.js'
import { bytes, percent } from './format.js'
import { traceFiles } from './library/dropped-files.js'
import { type UsedLibrary, useLibrary } from './library/use-library.js'
import { addressOf, type Place, usePlace } from './place.js'
import { PlanView } from './plan/plan-view.js'
import { hasService } from './service/service.js'
import { ServiceView } from './service/service-view.js'
import { ServingView } from './serving/serving-view.js'
import { TraceList } from './traces/trace-list.js'
import { TraceView } from './traces/trace-view.js'
import { version } from './version.js'
import { work } from './work.js'
import type { Catalogue } from './worker/catalogue.js'
import type { TraceFiles } from './worker/open-traces.js'

const TABS: readonly [Place, string][] = [
  [{ view: 'traces', ids: [] }, 'Traces'],
  [{ view: 'serving' }, 'Serving'],
  [{ view: 'plan' }, 'Plan'],
  ...(hasService ? ([[{ view: 'service' }, 'On the service']] as [Place, string][]) : []),
]

/** Address of the part of the app that a place is in. */
function partOf(place: Place): string {
  return addressOf('ids' in place ? { view: 'traces', ids: [] } : place)
}

export function App() {
  const [place, go] = usePlace()
  const library = useLibrary()
  const [catalogue, setCatalogue] = useState<Catalogue>()
  const [notice, setNotice] = useState('')
  useEffect(() => {
    void work.catalogue().then(setCatalogue)
  }, [])
  const add = async (traces: readonly TraceFiles[]) => {
    setNotice('')
    const ids = await library.add(traces)
    if (ids.length === 0) return
    const why = ids.length > 1 ? await work.notOneJob(ids) : ''
    if (why !== '') setNotice(`Not ranks of one job: ${why}. Each stands by itself in the list.`)
    go({ view: 'traces', ids: why === '' ? ids : ids.slice(0, 1) })
  }
  const drop = (files: readonly File[]) => add(traceFiles(files))
  const isOfTraces = 'ids' in place
  const isEmpty = library.traces?.length === 0 && isOfTraces
  return (
    <div class="app">
      <header>
        <h1>
          <a href={addressOf({ view: 'traces', ids: [] })}>FlowSim</a>
        </h1>
        <nav aria-label="Parts">
          {TABS.map(([to, label]) => (
            <Tab key={label} to={to} isHere={addressOf(to) === partOf(place)} go={go}>
              {label}
            </Tab>
          ))}
        </nav>
        <small>
          {version}
          {place.view !== 'service' && ' · all of it runs in this browser; nothing leaves it'}
        </small>
      </header>
      <Messages library={library} notice={notice} onSalvage={(file) => add([file])} />
      <div class="columns">
        {!isEmpty && isOfTraces && (
          <div class="side">
            <DropZone large={false} onFiles={drop} />
            <TraceList
              traces={library.traces ?? []}
              place={place}
              go={go}
              onForget={(id) => {
                void library.forget(id)
                if (place.ids.includes(id)) go({ view: 'traces', ids: [] })
              }}
            />
          </div>
        )}
        <main>
          {isEmpty ? (
            <Start onFiles={drop} />
          ) : (
            catalogue && <Shown place={place} library={library} catalogue={catalogue} go={go} />
          )}
        </main>
      </div>
    </div>
  )
}

function Tab({
  to,
  isHere,
  go,
  children,
}: {
  to: Place
  isHere: boolean
  go: (place: Place) => void
  children: string
}) {
  return (
    <a
      href={addressOf(to)}
      aria-current={isHere ? 'page' : undefined}
      onClick={(event) => {
        event.preventDefault()
        go(to)
      }}
    >
      {children}
    </a>
  )
}

function Messages({
  library: { reading, faults },
  notice,
  onSalvage,
}: {
  library: UsedLibrary
  notice: string
  onSalvage: (file: TraceFiles) => void
}) {
  return (
    <div role="status" class="messages">
      {reading && (
        <p>
          Reading {reading.name}: {bytes(reading.readBytes)} of {bytes(reading.totalBytes)}{' '}
          <progress value={reading.readBytes} max={reading.totalBytes}>
            {percent(reading.readBytes / Math.max(1, reading.totalBytes))}
          </progress>
        </p>
      )}
      {notice !== '' && <p>{notice}</p>}
      {faults.map(({ text, salvageable }) => (
        <p key={text} class="fault">
          {text}{' '}
          {salvageable && (
            <button type="button" onClick={() => onSalvage({ ...salvageable, salvage: true })}>
              Keep what is complete
            </button>
          )}
        </p>
      ))}
    </div>
  )
}

function Start({ onFiles }: { onFiles: (files: readonly File[]) => void }) {
  return (
    <section class="start" aria-label="Start">
      <h2>Where does the time of this workload go?</h2>
      <p>
        Drop profiler traces: PyTorch (Kineto), Nsight Systems, rocprof, JAX, Ascend, Perfetto;
        plain or packed. Several traces of one job are taken together as its ranks.
      </p>
      <DropZone large onFiles={onFiles} />
    </section>
  )
}

function Shown({
  place,
  library,
  catalogue,
  go,
}: {
  place: Place
  library: UsedLibrary
  catalogue: Catalogue
  go: (place: Place) => void
}) {
  if (place.view === 'service') return <ServiceView catalogue={catalogue} />
  if (place.view === 'plan') return <PlanView catalogue={catalogue} />
  if (place.view === 'serving') return <ServingView catalogue={catalogue} />
  if (place.view === 'diff' && place.ids.length === 2) {
    return (
      <DiffView
        ids={place.ids as [string, string]}
        library={library}
        go={(ids) => go({ view: 'diff', ids })}
      />
    )
  }
  if (place.view === 'traces' && place.ids.length > 0) {
    return <TraceView ids={place.ids} library={library} catalogue={catalogue} />
  }
  return <p class="hint">Choose a trace on the left, or select two to compare them.</p>
}
