// Where the page is, in its address: `?traces=ID,ID`, `?diff=ID,ID`, `?serving`, `?plan`, `?service`.
import { useEffect, useState } from 'preact/hooks'

/** What the page shows. */
export type Place =
  | { view: 'traces'; ids: readonly string[] }
  | { view: 'diff'; ids: readonly string[] }
  | { view: 'serving' | 'plan' | 'service' }

/** The place that an address names. */
export function placeOf(search: string): Place {
  const query = new URLSearchParams(search)
  const ids = (name: string) => query.get(name)!.split(',').filter(Boolean)
  if (query.has('serving')) return { view: 'serving' }
  if (query.has('plan')) return { view: 'plan' }
  if (query.has('service')) return { view: 'service' }
  if (query.has('diff')) return { view: 'diff', ids: ids('diff').slice(0, 2) }
  return { view: 'traces', ids: query.has('traces') ? ids('traces') : [] }
}

/** The address of a place. */
export function addressOf(place: Place): string {
  if (!('ids' in place)) return `?${place.view}`
  if (place.ids.length === 0) return location.pathname
  return `?${place.view}=${place.ids.join(',')}`
}

/** The place of the page, and how to go to another. */
export function usePlace(): [Place, (place: Place) => void] {
  const [place, setPlace] = useState(() => placeOf(location.search))
  useEffect(() => {
    const moved = () => setPlace(placeOf(location.search))
    addEventListener('popstate', moved)
    return () => removeEventListener('popstate', moved)
  }, [])
  return [
    place,
    (next) => {
      history.pushState(null, '', addressOf(next))
      setPlace(next)
    },
  ]
}
