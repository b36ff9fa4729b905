import { useContext } from 'preact/hooks'
import { SharedContext } from '../filter.js'
import { count } from '../format.js'

/** The search of the page: the timeline shows what it finds in full colour, the table of activities only that. */
export function SearchBox({ label }: { label: string }) {
  const { query, setQuery, found } = useContext(SharedContext)
  return (
    <span class="search">
      <input
        type="search"
        value={query}
        placeholder="Search: words, -without, /pattern/"
        title="Name, operation, operator, shape, library. Words must all be there; -word must not; /pattern/ is a regular expression."
        aria-label={label}
        onInput={({ currentTarget }) => setQuery(currentTarget.value)}
      />
      {found && (
        <span class={found.error ? 'error' : 'muted'} role="status">
          {found.error ?? `${count(found.count)} found`}
        </span>
      )}
    </span>
  )
}
