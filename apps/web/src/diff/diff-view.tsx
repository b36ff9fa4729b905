// Two traces side by side: the page that `flowsim diff -o` writes.
import { useEffect, useState } from 'preact/hooks'
import { PageFrame, saveText } from '../components/page-frame.js'
import type { UsedLibrary } from '../library/use-library.js'
import { work } from '../work.js'
import type { Comparison } from '../worker/compare.js'

export function DiffView({
  ids: [a, b],
  library,
  go,
}: {
  ids: [string, string]
  library: UsedLibrary
  /** To the two the other way round. */
  go: (ids: [string, string]) => void
}) {
  const [made, setMade] = useState<Comparison>()
  const [fault, setFault] = useState('')
  useEffect(() => {
    let isStale = false
    setMade(undefined)
    setFault('')
    const show = async () => {
      await library.ensureOpen([a, b])
      const compared = await work.diff(a, b)
      if (!isStale) setMade(compared)
    }
    show().catch((error: Error) => {
      if (!isStale) setFault(error.message)
    })
    return () => {
      isStale = true
    }
  }, [a, b])
  const save = (name: string, text: string, type: string) => (
    <button type="button" disabled={made === undefined} onClick={() => saveText(name, text, type)}>
      Save {name.split('.').at(-1) === 'json' ? 'as JSON' : 'page'}
    </button>
  )
  return (
    <section class="trace" aria-label="Comparison">
      <div class="bar">
        <button type="button" onClick={() => go([b, a])}>
          Swap A and B
        </button>
        {save('diff.html', made?.html ?? '', 'text/html')}
        {save('diff.json', made?.json ?? '', 'application/json')}
        <output class={fault === '' ? '' : 'fault'}>
          {fault !== '' ? fault : made === undefined ? 'Working …' : ''}
        </output>
      </div>
      <div class="work">{made && <PageFrame title="Comparison" html={made.html} />}</div>
    </section>
  )
}
