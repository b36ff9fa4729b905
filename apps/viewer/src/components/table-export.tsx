import { useContext, useState } from 'preact/hooks'
import { SharedContext } from '../filter.js'
import { type Cells, copy, csvOf, fileName, save, tabbed } from '../take-along.js'

/** Takes all rows of a table along: to the clipboard, or as CSV. */
export function TableExport({ name, cells }: { name: string; cells: () => Cells }) {
  const { model } = useContext(SharedContext)
  const [copied, setCopied] = useState(false)
  return (
    <div class="take-along">
      <button
        type="button"
        aria-label={`Copy table: ${name}`}
        onClick={async () => {
          await copy(tabbed(cells()))
          setCopied(true)
          setTimeout(() => setCopied(false), 1500)
        }}
      >
        {copied ? 'Copied' : 'Copy'}
      </button>
      <button
        type="button"
        aria-label={`Save as CSV: ${name}`}
        onClick={() =>
          save(
            fileName(model.page.title, name, 'csv'),
            new Blob([csvOf(cells())], { type: 'text/csv' }),
          )
        }
      >
        CSV
      </button>
    </div>
  )
}
