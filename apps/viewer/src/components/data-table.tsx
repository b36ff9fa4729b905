import type { PageTable } from '@flowsim/trace-schema'
import { useState } from 'preact/hooks'
import { count, fixed } from '../format.js'
import { TableExport } from './table-export.js'

/** A table whose columns sort when their heads are pressed. */
export function DataTable({
  data,
  label,
  limit = 12,
}: {
  data: PageTable
  label: string
  limit?: number
}) {
  const [order, setOrder] = useState<{ column: number; down: boolean } | null>(null)
  const [all, setAll] = useState(false)
  const rows = order ? [...data.rows].sort(by(order.column, order.down)) : data.rows
  const shown = all ? rows : rows.slice(0, limit)
  const head = data.columns.map(({ label: name, unit }) => (unit ? `${name} ${unit}` : name))
  return (
    <>
      <TableExport name={label} cells={() => [head, ...rows]} />
      <div class="table-scroll">
        <table class="plain" aria-label={label}>
          <thead>
            <tr>
              {data.columns.map(({ label: name, unit, align }, c) => (
                <th
                  key={name}
                  class={align}
                  scope="col"
                  aria-sort={
                    order?.column === c ? (order.down ? 'descending' : 'ascending') : 'none'
                  }
                >
                  <button
                    type="button"
                    onClick={() =>
                      setOrder({
                        column: c,
                        down: order?.column === c ? !order.down : align === 'right',
                      })
                    }
                  >
                    {name}
                    {unit && <span class="unit"> {unit}</span>}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row, r) => (
              <tr key={r}>
                {row.map((value, c) => (
                  <td
                    key={c}
                    class={data.columns[c]!.mono ? 'left mono' : data.columns[c]!.align}
                    title={typeof value === 'string' ? value : undefined}
                  >
                    {cell(value, data.columns[c]!.digits)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
        {data.rows.length > limit && (
          <button type="button" class="more" onClick={() => setAll(!all)}>
            {all ? 'Show fewer' : `Show all ${count(data.rows.length)}`}
          </button>
        )}
      </div>
    </>
  )
}

function cell(value: string | number | null, digits: number | undefined): string {
  if (value === null) return '–'
  return typeof value === 'number' ? fixed(value, digits ?? 0) : value
}

function by(column: number, down: boolean) {
  return (a: PageTable['rows'][number], b: PageTable['rows'][number]) => {
    const [x, y] = [a[column] ?? null, b[column] ?? null]
    if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1
    const order =
      typeof x === 'number' && typeof y === 'number' ? x - y : x < y ? -1 : x > y ? 1 : 0
    return down ? -order : order
  }
}
