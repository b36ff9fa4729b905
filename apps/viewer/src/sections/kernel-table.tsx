import { shortKernelName } from '@flowsim/trace-schema'
import type { ComponentChildren } from 'preact'
import { useContext, useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { Swatch } from '../components/family.js'
import { SearchBox } from '../components/search-box.js'
import { Section } from '../components/section.js'
import { TableExport } from '../components/table-export.js'
import { SharedContext } from '../filter.js'
import { count, fixed, signed, time } from '../format.js'
import { kindOf, label, type Model, text, words } from '../model.js'

const ROW = 26
const VIEW = 19
const PRINTED = 40

interface Column {
  key: string
  head: ComponentChildren
  align: 'left' | 'right'
  width: string
  /** Sort value; NaN and empty text come last. */
  value: (model: Model, i: number) => number | string
  cell: (model: Model, i: number) => ComponentChildren
}

const achieved = (model: Model, i: number) => {
  const { flops } = kindOf(model, i)
  return flops ? flops / (model.duration[i]! * 1e-9) : Number.NaN
}
const moved = (model: Model, i: number) => {
  const { bytes } = kindOf(model, i)
  return bytes ? bytes / (model.duration[i]! * 1e-9) : Number.NaN
}
const error = (model: Model, i: number) => model.predicted[i]! / model.duration[i]! - 1
const number = (value: number, scale: number, digits: number) =>
  Number.isFinite(value) ? fixed(value / scale, digits) : ''

const START: Column = {
  key: 'start',
  head: <Unit of="Start" unit="ms" />,
  align: 'right',
  width: '84px',
  value: (m, i) => m.start[i]!,
  cell: (m, i) => fixed(m.start[i]! / 1e6, 3),
}
const OPERATION: Column = {
  key: 'op',
  head: 'Operation',
  align: 'left',
  width: '126px',
  value: (m, i) => label(m, i),
  cell: (m, i) => {
    const { op, family } = kindOf(m, i)
    return (
      <>
        <Swatch family={m.page.families[family]!} />
        {op === null ? <i>unknown</i> : words(op)}
      </>
    )
  },
}
const SHAPE: Column = {
  key: 'shape',
  head: 'Shape',
  align: 'left',
  width: '184px',
  value: (m, i) => text(m, kindOf(m, i).shape),
  cell: (m, i) => text(m, kindOf(m, i).shape),
}
const DURATION: Column = {
  key: 'duration',
  head: <Unit of="Duration" unit="µs" />,
  align: 'right',
  width: '98px',
  value: (m, i) => m.duration[i]!,
  cell: (m, i) => fixed(m.duration[i]! / 1e3, 2),
}
const PREDICTED: Column[] = [
  {
    key: 'predicted',
    head: <Unit of="Predicted" unit="µs" />,
    align: 'right',
    width: '102px',
    value: (m, i) => m.predicted[i]!,
    cell: (m, i) => number(m.predicted[i]!, 1e3, 2),
  },
  {
    key: 'error',
    head: 'Difference',
    align: 'right',
    width: '84px',
    value: error,
    cell: (m, i) => (Number.isFinite(error(m, i)) ? signed(error(m, i)) : ''),
  },
]
const REST: Column[] = [
  {
    key: 'flops',
    head: 'TFLOP/s',
    align: 'right',
    width: '78px',
    value: achieved,
    cell: (m, i) => number(achieved(m, i), 1e12, 1),
  },
  {
    key: 'bytes',
    head: 'GB/s',
    align: 'right',
    width: '60px',
    value: moved,
    cell: (m, i) => number(moved(m, i), 1e9, 0),
  },
  {
    key: 'stream',
    head: 'Stream',
    align: 'right',
    width: '64px',
    value: (m, i) => m.page.streams[m.stream[i]!]!.stream,
    cell: (m, i) => m.page.streams[m.stream[i]!]!.stream,
  },
]
const NAME: Column = {
  key: 'name',
  head: 'Kernel',
  align: 'left',
  width: 'auto',
  value: (m, i) => shortKernelName(text(m, kindOf(m, i).name)),
  cell: (m, i) => <span class="mono">{shortKernelName(text(m, kindOf(m, i).name))}</span>,
}

function Unit({ of, unit }: { of: string; unit: string }) {
  return (
    <>
      {of} <span class="unit">{unit}</span>
    </>
  )
}

/** Every kernel, with search, filters and sorting; only the rows in view are in the page. */
export function KernelTable() {
  const { model, mask, selected, select, query, found } = useContext(SharedContext)
  const [families, setFamilies] = useState<ReadonlySet<number>>(new Set())
  const [unknown, setUnknown] = useState(false)
  const [sort, setSort] = useState<{ key: string; down: boolean }>({ key: 'start', down: false })
  const [top, setTop] = useState(0)
  const scroller = useRef<HTMLDivElement>(null)

  const columns = useMemo(() => {
    const layer: Column = {
      key: 'layer',
      head: 'Layer',
      align: 'right',
      width: '58px',
      value: (m, i) => (m.layer[i]! < 0 ? Number.NaN : m.layer[i]!),
      cell: (m, i) => (m.layer[i]! < 0 ? '' : m.layer[i]!),
    }
    return [
      START,
      OPERATION,
      SHAPE,
      DURATION,
      ...(model.page.prediction ? PREDICTED : []),
      ...REST,
      ...(model.page.layers ? [layer] : []),
      NAME,
    ]
  }, [model])
  const used = useMemo(() => [...new Set(model.family)], [model])

  const rows = useMemo(() => {
    const kept = new Uint32Array(model.count)
    let size = 0
    for (let i = 0; i < model.count; i++) {
      if (!mask[i] || (found && !found.matches[i])) continue
      if (families.size > 0 && !families.has(model.family[i]!)) continue
      if (unknown && kindOf(model, i).op !== null) continue
      kept[size++] = i
    }
    const column = columns.find(({ key }) => key === sort.key)!
    return inOrder(model, kept.subarray(0, size), column, sort.down)
  }, [model, mask, found, families, unknown, sort, columns])

  const first = Math.max(0, Math.min(Math.floor(top / ROW) - 6, rows.length - VIEW - 12))
  const last = Math.min(rows.length, first + VIEW + 12)
  const sum = useMemo(() => rows.reduce((total, i) => total + model.duration[i]!, 0), [rows, model])

  useEffect(() => {
    scroller.current?.scrollTo({ top: 0 })
    setTop(0)
  }, [query, families, unknown, sort, mask])

  return (
    <Section
      id="kernels"
      title="Activities"
      lead={
        <output>
          {count(rows.length)} of {count(model.count)} kernels, copies and fills, {time(sum)}
        </output>
      }
      controls={
        <>
          <TableExport
            name="Activities"
            cells={() => [
              columns.map(({ key }) => TAKEN[key] ?? key),
              ...Array.from(rows, (i) => columns.map((column) => taken(column, model, i))),
            ]}
          />
          <SearchBox label="Search activities" />
        </>
      }
    >
      <div class="chips">
        {used.map((family) => (
          <button
            type="button"
            key={family}
            aria-pressed={families.has(family)}
            onClick={() => {
              const next = new Set(families)
              if (!next.delete(family)) next.add(family)
              setFamilies(next)
            }}
          >
            <Swatch family={model.page.families[family]!} />
            {words(model.page.families[family]!)}
          </button>
        ))}
        <button type="button" aria-pressed={unknown} onClick={() => setUnknown(!unknown)}>
          unknown only
        </button>
      </div>
      <div
        class="grid"
        ref={scroller}
        style={{ height: `${Math.min(rows.length, VIEW) * ROW + ROW + 14}px` }}
        onScroll={({ currentTarget }) => setTop(currentTarget.scrollTop)}
      >
        <table aria-label="Activities" aria-rowcount={rows.length + 1}>
          <colgroup>
            {columns.map(({ key, width }) => (
              <col key={key} class={`of-${key}`} style={{ width }} />
            ))}
          </colgroup>
          <thead>
            <tr>
              {columns.map(({ key, head, align }) => (
                <th
                  key={key}
                  class={`${align} of-${key}`}
                  scope="col"
                  aria-sort={sort.key === key ? (sort.down ? 'descending' : 'ascending') : 'none'}
                >
                  <button
                    type="button"
                    onClick={() =>
                      setSort({
                        key,
                        down: sort.key === key ? !sort.down : align === 'right' && key !== 'start',
                      })
                    }
                  >
                    {head}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {first > 0 && <tr style={{ height: `${first * ROW}px` }} />}
            {Array.from(rows.subarray(first, last), (i, r) => (
              <tr
                key={i}
                aria-rowindex={first + r + 2}
                aria-selected={i === selected}
                onClick={() => select(i === selected ? -1 : i)}
              >
                {columns.map(({ key, align, cell }) => (
                  <td key={key} class={`${align} of-${key}`} title={titleOf(model, i, key)}>
                    {cell(model, i)}
                  </td>
                ))}
              </tr>
            ))}
            {last < rows.length && <tr style={{ height: `${(rows.length - last) * ROW}px` }} />}
          </tbody>
        </table>
        {rows.length === 0 && <p class="empty">Nothing matches.</p>}
      </div>
      {rows.length > PRINTED && (
        <p class="print-only">The first rows are printed; the page holds {count(rows.length)}.</p>
      )}
    </Section>
  )
}

/** Heads of columns outside of the page, with their units. */
const TAKEN: Record<string, string> = {
  start: 'start ms',
  op: 'operation',
  duration: 'duration us',
  predicted: 'predicted us',
  error: 'difference',
  flops: 'TFLOP/s',
  bytes: 'GB/s',
  name: 'kernel',
}
const SCALE: Record<string, number> = {
  start: 1e6,
  duration: 1e3,
  predicted: 1e3,
  flops: 1e12,
  bytes: 1e9,
}

/** A cell outside of the page: whole numbers, the whole name. */
function taken({ key, value }: Column, model: Model, i: number): string | number | null {
  if (key === 'name') return text(model, kindOf(model, i).name)
  const own = value(model, i)
  return typeof own === 'number' ? own / (SCALE[key] ?? 1) : own
}

function titleOf(model: Model, i: number, key: string): string | undefined {
  const kind = kindOf(model, i)
  if (key === 'name') return text(model, kind.name)
  if (key === 'shape') return text(model, kind.shape) || text(model, kind.missing) || undefined
  if (key === 'op') return text(model, kind.operator) || undefined
  if (key === 'layer' && model.layer[i]! >= 0) return model.page.layers!.names[model.layer[i]!]
  return undefined
}

/** Rows by the values of a column, those without one last; in order of start where they are equal. */
function inOrder(
  model: Model,
  rows: Uint32Array,
  { key, value }: Column,
  down: boolean,
): Uint32Array {
  if (key === 'start') return down ? rows.reverse() : rows
  const values = new Float64Array(model.count)
  const texts = new Map<string, number>()
  for (const i of rows) {
    const own = value(model, i)
    if (typeof own === 'number') values[i] = own
    else if (own === '') values[i] = Number.NaN
    else {
      values[i] = texts.get(own) ?? texts.size
      texts.set(own, values[i]!)
    }
  }
  if (texts.size > 0) {
    // Texts in the order of their characters: their ranks are numbers.
    const ranks = new Float64Array(texts.size)
    ;[...texts.keys()].sort().forEach((text, rank) => {
      ranks[texts.get(text)!] = rank
    })
    for (const i of rows) if (!Number.isNaN(values[i]!)) values[i] = ranks[values[i]!]!
  }
  const sign = down ? -1 : 1
  return rows.sort((a, b) => {
    const [x, y] = [values[a]!, values[b]!]
    if (x < y) return -sign
    if (x > y) return sign
    return Number(Number.isNaN(x)) - Number(Number.isNaN(y)) || a - b
  })
}
