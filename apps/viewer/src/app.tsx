import { useEffect, useMemo, useState } from 'preact/hooks'
import { Inspector } from './components/inspector.js'
import { maskOf, type Scope, SharedContext } from './filter.js'
import { hashOf, readHash } from './hash.js'
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

/** The page. */
export function App({ model }: { model: Model }) {
  const [linked] = useState(() => readHash(location.hash, pageOf(model)))
  const [scope, setScope] = useState<Scope>(linked.scope)
  const [selected, select] = useState(linked.selected)
  const [view, setView] = useState(linked.view)
  const [focus, setFocus] = useState<readonly [number, number] | null>(null)
  const [query, setQuery] = useState(linked.query)
  const found = useMemo(() => findKernels(model, query), [model, query])
  const mask = useMemo(() => maskOf(model, scope), [model, scope])
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
    [model, scope, mask, selected, focus, query, found, linked],
  )
  useEffect(() => {
    const hash = hashOf({ scope, query, selected, view })
    // A link to a section stays until there is something to say.
    if (hash === '' && !location.hash.includes('=')) return
    const later = setTimeout(() => history.replaceState(null, '', `#${hash}`), 150)
    return () => clearTimeout(later)
  }, [scope, query, selected, view])
  useEffect(() => {
    const close = (event: KeyboardEvent) => {
      if (event.key === 'Escape') select(-1)
    }
    addEventListener('keydown', close)
    return () => removeEventListener('keydown', close)
  }, [])
  return (
    <SharedContext.Provider value={shared}>
      <Header />
      <main>
        <Summary />
        <Findings />
        <Operations />
        <Layers />
        <Accuracy />
        <Roofline />
        <Timeline />
        <KernelTable />
        <Details />
        <Notes />
      </main>
      <Inspector />
    </SharedContext.Provider>
  )
}

function pageOf({ count, page }: Model) {
  return { count, steps: page.steps?.steps ?? [] }
}
