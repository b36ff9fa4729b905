import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { Inspector } from './components/inspector.js'
import { maskOf, type Scope, SharedContext } from './filter.js'
import { hashOf, type LinkState, readHash } from './hash.js'
import type { Model } from './model.js'
import { findKernels } from './search-kernels.js'
import { Accuracy } from './sections/accuracy.js'
import { Details } from './sections/details.js'
import { Findings } from './sections/findings.js'
import { Header } from './sections/header.js'
import { KernelTable } from './sections/kernel-table.js'
import { Layers } from './sections/layers.js'
import { Notes } from './sections/notes.js'
import { Operations } from './sections/operations.js'
import { Roofline } from './sections/roofline.js'
import { Summary } from './sections/summary.js'
import { Timeline } from './sections/timeline.js'
import type { View } from './timeline/view.js'

/** The page. */
export function App({ model }: { model: Model }) {
  const [linked] = useState(() => readHash(location.hash, pageOf(model)))
  const [scope, setScope] = useState<Scope>(linked.scope)
  const [selected, select] = useState(linked.selected)
  const [focus, setFocus] = useState<readonly [number, number] | null>(null)
  const [query, setQuery] = useState(linked.query)
  const found = useMemo(() => findKernels(model, query), [model, query])
  const mask = useMemo(() => maskOf(model, scope), [model, scope])
  const setView = useLink({ scope, query, selected }, linked.view)
  const shared = useMemo(
    () => ({
      model,
      scope,
      setScope,
      mask,
      selected,
      select,
      focus,
      setFocus,
      query,
      setQuery,
      found,
      firstView: linked.view,
      setView,
    }),
    [model, scope, mask, selected, focus, query, found, linked, setView],
  )
  useEffect(() => {
    const close = (event: KeyboardEvent) => {
      if (event.key === 'Escape') select(-1)
    }
    addEventListener('keydown', close)
    return () => removeEventListener('keydown', close)
  }, [])
  const [page] = useState(() => <Page count={model.count} />)
  return <SharedContext.Provider value={shared}>{page}</SharedContext.Provider>
}

/** Sections in their order; what is below the first two is below the first screen. */
const SECTIONS = [
  Summary,
  Findings,
  Operations,
  Layers,
  Accuracy,
  Roofline,
  Timeline,
  KernelTable,
  Details,
  Notes,
]
const FIRST = 2
/** Kernels up to which the whole page is there at once. */
const SHORT = 50_000

/** All of the page: of a long trace the first screen is painted, then each section comes in a task of its time. */
function Page({ count }: { count: number }) {
  const [shown, setShown] = useState(count <= SHORT ? SECTIONS.length : FIRST)
  useEffect(() => {
    if (shown >= SECTIONS.length) return
    const later = setTimeout(() => setShown(shown + 1), 0)
    return () => clearTimeout(later)
  }, [shown])
  return (
    <>
      <Header />
      <main aria-busy={shown < SECTIONS.length}>{SECTIONS.slice(0, shown).map(elementOf)}</main>
      <Inspector />
    </>
  )
}

const elements = new Map(SECTIONS.map((Part) => [Part, <Part key={Part.name} />]))

/** The same element each time: a section is drawn anew for what it reads, and not because another one came. */
function elementOf(part: (typeof SECTIONS)[number]) {
  return elements.get(part)
}

/**
 * Keeps the part of the address after `#` as what the page shows. The view changes with each frame of a zoom, so that
 * it is no state: nothing of the page is drawn anew for it.
 */
function useLink(
  state: Omit<LinkState, 'view'>,
  firstView: View | null,
): (view: View | null) => void {
  const { scope, query, selected } = state
  const shown = useRef<LinkState>({ ...state, view: firstView })
  const later = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const write = useCallback(() => {
    clearTimeout(later.current)
    later.current = setTimeout(() => {
      const hash = hashOf(shown.current)
      // A link to a section stays until there is something to say.
      if (hash !== '' || location.hash.includes('=')) history.replaceState(null, '', `#${hash}`)
    }, 150)
  }, [])
  useEffect(() => {
    Object.assign(shown.current, { scope, query, selected })
    write()
  }, [scope, query, selected, write])
  return useCallback(
    (view: View | null) => {
      shown.current.view = view
      write()
    },
    [write],
  )
}

function pageOf({ count, page }: Model) {
  return { count, steps: page.steps?.steps ?? [] }
}
