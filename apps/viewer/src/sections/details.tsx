import type { PageTable } from '@flowsim/trace-schema'
import { useContext } from 'preact/hooks'
import { DataTable } from '../components/data-table.js'
import { Section } from '../components/section.js'
import { TableExport } from '../components/table-export.js'
import { SharedContext } from '../filter.js'
import { fixed, percent, time } from '../format.js'
import { type Model, words } from '../model.js'
import { firstAt, hostBefore, shareWords } from '../timeline/host.js'

const PATH: Record<string, string> = {
  computation: 'Computation',
  communication: 'Communication',
  memcpy: 'Copies',
  launch: 'Launch latency',
  host: 'Host code between runtime calls',
  call: 'Runtime calls',
  sync: 'Return from calls that waited',
  gap: 'Start after a dependency',
}

const WAITING: Record<string, string> = { launch: 'the host', dependency: 'other work' }

/** Matrix products, collectives, ranks, critical path, idle gaps. */
export function Details() {
  const { model, setFocus } = useContext(SharedContext)
  const { gemms, work, collectives, ranks, stragglers, criticalPath, gaps, budget } = model.page
  if (!gemms && !work && !collectives && !ranks && !criticalPath && gaps.length === 0) return null
  return (
    <Section id="details" title="Details">
      <Part title="Matrix products" data={gemms}>
        By shape and type. Time includes split-K reductions and fills of the same operator call; the
        roofline is the higher of arithmetic at the matrix peak and bytes at memory bandwidth.
      </Part>
      <Part title="Work, counted by the hardware" data={work}>
        Means over the kernels that Nsight Compute measured. Ours are the FLOPs of the operation and
        each byte of its operands once; the hardware counts padding, recomputation and the traffic
        that caches cause or save. A ratio of 1 is agreement.
      </Part>
      <Part title="Collectives" data={collectives}>
        Bandwidths at the median duration, by the definitions of nccl-tests. On one rank the
        duration holds the wait for the last rank, so they are lower bounds.
      </Part>
      <Part title="All ranks" data={ranks}>
        Communication counts with the transfer alone: the time from the arrival of the last rank.
      </Part>
      <Part title="Stragglers" data={stragglers}>
        Ranks by the time that others waited for them in collectives.
      </Part>
      {criticalPath && (
        <div class="part">
          <h3>Critical path</h3>
          <p class="lead">
            The chain of events that decided the end: shorten what is on it, and the window gets
            shorter.
          </p>
          <table class="budget" aria-label="Critical path by kind">
            <tbody>
              {criticalPath.kinds
                .filter(([, ns]) => ns > 0)
                .sort((a, b) => b[1] - a[1])
                .map(([kind, ns]) => (
                  <tr key={kind}>
                    <td>{PATH[kind] ?? words(kind)}</td>
                    <td class="right">{time(ns)}</td>
                    <td class="right">{percent(ns / Math.max(1, criticalPath.windowNs))}</td>
                  </tr>
                ))}
            </tbody>
          </table>
          {criticalPath.kernels.rows.length > 0 && (
            <DataTable
              data={criticalPath.kernels}
              label="Activities on the critical path"
              limit={8}
            />
          )}
        </div>
      )}
      {gaps.length > 0 && (
        <div class="part">
          <h3>Longest idle gaps</h3>
          <p class="lead">
            Times in which no stream ran anything. A start shows its gap in the timeline.
          </p>
          <TableExport
            name="Longest idle gaps"
            cells={() => [
              ['start ms', 'length ms', 'of the window', 'waiting for', 'what the host did'],
              ...gaps.map(({ startNs, durationNs, cause }) => {
                const from = startNs - budget.startNs
                return [
                  from / 1e6,
                  durationNs / 1e6,
                  durationNs / Math.max(1, budget.windowNs),
                  WAITING[cause] ?? 'not recorded',
                  hostIn(model, from, from + durationNs),
                ]
              }),
            ]}
          />
          <div class="table-scroll">
            <table class="plain" aria-label="Longest idle gaps">
              <thead>
                <tr>
                  <th class="right">
                    Start <span class="unit">ms</span>
                  </th>
                  <th class="right">
                    Length <span class="unit">ms</span>
                  </th>
                  <th class="right">Of the window</th>
                  <th class="left">Waiting for</th>
                  {model.host && <th class="left">What the host did</th>}
                </tr>
              </thead>
              <tbody>
                {gaps.map(({ startNs, durationNs, cause }) => {
                  const from = startNs - budget.startNs
                  return (
                    <tr key={startNs}>
                      <td class="right">
                        <button
                          type="button"
                          class="link"
                          onClick={() => setFocus([from, from + durationNs])}
                        >
                          {fixed(from / 1e6, 3)}
                        </button>
                      </td>
                      <td class="right">{fixed(durationNs / 1e6, 3)}</td>
                      <td class="right">{percent(durationNs / Math.max(1, budget.windowNs))}</td>
                      <td>{WAITING[cause] ?? 'not recorded'}</td>
                      {model.host && <td class="wrap">{hostIn(model, from, from + durationNs)}</td>}
                    </tr>
                  )
                })}
              </tbody>
            </table>
          </div>
        </div>
      )}
    </Section>
  )
}

/** What the thread that launched the next activity did in a gap. */
function hostIn(model: Model, from: number, to: number): string {
  const next = Math.min(model.count - 1, firstAt(model.start, 0, model.count, to))
  const did = hostBefore(model, from, to, next)
  return did ? shareWords(did.shares, to - from).join(', ') : ''
}

function Part(props: { title: string; data: PageTable | null; children: string }) {
  if (!props.data || props.data.rows.length === 0) return null
  return (
    <div class="part">
      <h3>{props.title}</h3>
      <p class="lead">{props.children}</p>
      <DataTable data={props.data} label={props.title} />
    </div>
  )
}
