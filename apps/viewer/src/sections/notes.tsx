import type { PageTable } from '@flowsim/trace-schema'
import { useContext, useMemo } from 'preact/hooks'
import { group } from '../aggregate.js'
import { DataTable } from '../components/data-table.js'
import { Section } from '../components/section.js'
import { SharedContext } from '../filter.js'
import { count } from '../format.js'
import { kindOf, text, words } from '../model.js'

/** Unknown kernels, repairs of the input, and what the figures mean. */
export function Notes() {
  const { model } = useContext(SharedContext)
  const { repairs, generator } = model.page
  const unknown = useMemo(() => unknownTable(), [model])

  function unknownTable(): PageTable {
    const mask = new Uint8Array(model.count)
    for (let i = 0; i < model.count; i++) mask[i] = kindOf(model, i).op === null ? 1 : 0
    return {
      columns: [
        { label: 'Kernel', align: 'left', mono: true },
        { label: 'Operator', align: 'left', mono: true },
        { label: 'Calls', align: 'right', digits: 0 },
        { label: 'Time', unit: 'ms', align: 'right', digits: 3 },
      ],
      rows: group(model, mask, (kind) => text(model, model.page.kinds[kind]!.name)).map((g) => [
        g.key,
        text(model, kindOf(model, g.sample).operator) || null,
        g.count,
        g.measuredNs / 1e6,
      ]),
    }
  }

  return (
    <Section id="notes" title="Notes">
      <div class="part" id="unknown">
        <h3>Unknown kernels</h3>
        {unknown.rows.length === 0 ? (
          <p class="lead">Every kernel has an operation.</p>
        ) : (
          <>
            <p class="lead">
              No rule knows these. Complete the entries of unknown-kernels.json and add them with{' '}
              <code>flowsim kernels add</code>.
            </p>
            <DataTable data={unknown} label="Unknown kernels" />
          </>
        )}
      </div>
      <div class="part" id="repairs">
        <h3>Repairs of the input</h3>
        {repairs.length === 0 ? (
          <p class="lead">The trace was read without repairs.</p>
        ) : (
          <DataTable
            label="Repairs"
            data={{
              columns: [
                { label: 'What', align: 'left' },
                { label: 'Times', align: 'right', digits: 0 },
                { label: 'First at byte', align: 'right', digits: 0 },
              ],
              rows: repairs.map(({ kind, count: times, firstByte }) => [
                words(kind),
                times,
                firstByte,
              ]),
            }}
          />
        )}
      </div>
      <div class="part definitions">
        <h3>What the figures mean</h3>
        <dl>
          <dt>Kernels and activities</dt>
          <dd>
            Kernels are GPU programs, collectives among them. Activities are kernels, copies and
            fills.
          </dd>
          <dt>Window</dt>
          <dd>From the start of the first activity to the end of the last.</dd>
          <dt>Busy</dt>
          <dd>An activity ran. Overlap counts once.</dd>
          <dt>Exposed communication</dt>
          <dd>
            Collectives while nothing computed. Custom all-reduce kernels count as collectives.
          </dd>
          <dt>Exposed copies</dt>
          <dd>Copies while nothing computed or communicated.</dd>
          <dt>Idle, waiting for the host</dt>
          <dd>
            Nothing ran, and the activity that ended the gap had not been launched yet, plus the
            latency of its launch.
          </dd>
          <dt>Idle, waiting for other work</dt>
          <dd>
            Nothing ran, though the next activity was queued: it waited for its stream, an event or
            another device.
          </dd>
          <dt>Sums of durations</dt>
          <dd>Activities that overlap count each, so sums can exceed busy time.</dd>
          <dt>FLOPs and bytes</dt>
          <dd>
            The least that the operation needs: each operand read once, each result written once.
          </dd>
        </dl>
      </div>
      <p class="foot muted">
        {generator}. {count(model.count)} activities of {count(model.page.kinds.length)} kinds. This
        page needs no network.
      </p>
    </Section>
  )
}
