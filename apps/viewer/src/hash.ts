// What the page shows as the part of its address after `#`, so that a link leads to the same.
import type { Scope } from './filter.js'
import type { View } from './timeline/view.js'

/** What a link holds. */
export interface LinkState {
  scope: Scope
  query: string
  /** Place of the selected kernel; −1 for none. */
  selected: number
  /** What the timeline shows; null for the whole window. */
  view: View | null
}

/** The state as `scope=s3&q=nccl&kernel=12&view=100-200`; empty where it is that of a fresh page. */
export function hashOf({ scope, query, selected, view }: LinkState): string {
  const parts = new URLSearchParams()
  if (scope !== 'all') parts.set('scope', 'step' in scope ? `s${scope.step}` : `p${scope.phase}`)
  if (query.trim() !== '') parts.set('q', query)
  if (selected >= 0) parts.set('kernel', String(selected))
  if (view) parts.set('view', `${Math.round(view.from)}_${Math.round(view.to)}`)
  return parts.toString()
}

/** Reads what {@link hashOf} wrote; what is not there, or not of this page, is that of a fresh page. */
export function readHash(
  hash: string,
  page: { count: number; steps: readonly { phase: string }[] },
): LinkState {
  const parts = new URLSearchParams(hash.replace(/^#/, ''))
  const kernel = Number(parts.get('kernel') || -1)
  const [from, to] = (parts.get('view') ?? '').split('_').map(Number)
  return {
    scope: scopeOf(parts.get('scope') ?? '', page.steps),
    query: parts.get('q') ?? '',
    selected: Number.isInteger(kernel) && kernel >= 0 && kernel < page.count ? kernel : -1,
    view: from !== undefined && to !== undefined && to > from ? { from, to } : null,
  }
}

function scopeOf(text: string, steps: readonly { phase: string }[]): Scope {
  const what = text.slice(1)
  if (text.startsWith('s') && /^\d+$/.test(what) && Number(what) < steps.length) {
    return { step: Number(what) }
  }
  if (text.startsWith('p') && steps.some(({ phase }) => phase === what)) return { phase: what }
  return 'all'
}
