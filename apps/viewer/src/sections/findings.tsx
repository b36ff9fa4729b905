import type { PageFinding } from '@flowsim/trace-schema'
import { useContext } from 'preact/hooks'
import { Section } from '../components/section.js'
import { SharedContext } from '../filter.js'
import { percent, time } from '../format.js'

/** What the button of a finding says, by the part of the page that it leads to. */
const SHOWS: Record<string, string> = {
  timeline: 'Show in the timeline',
  operations: 'Show operations',
  roofline: 'Show against the roof',
  details: 'Show in the timeline',
}

/** What costs time, in words: the most to gain first. */
export function Findings() {
  const { model } = useContext(SharedContext)
  const { findings, budget } = model.page
  if (findings.length === 0) return null
  return (
    <Section
      id="findings"
      title="What to do next"
      lead={
        <>
          By the time that each could gain at most. Findings can be about the same time, so gains do
          not add up.
        </>
      }
    >
      <ol class="findings">
        {findings.map((finding) => (
          <li key={finding.rule}>
            <div class="gain">
              <b>{time(finding.gainNs)}</b>
              <span class="muted">
                {percent(finding.gainNs / Math.max(1, budget.windowNs))} of the window
              </span>
            </div>
            <div>
              <h3>{finding.title}</h3>
              <p class="muted">{finding.evidence.join(' ')}</p>
              <p>{finding.advice}</p>
              <Link finding={finding} />
            </div>
          </li>
        ))}
      </ol>
    </Section>
  )
}

/** To the stretch of the timeline, or the part of the page, that shows it. */
function Link({ finding: { section, place } }: { finding: PageFinding }) {
  const { model, setFocus } = useContext(SharedContext)
  const isThere = section !== 'roofline' || model.page.device !== null
  if (isThere && section !== 'timeline' && section !== 'details') {
    return (
      <a class="link" href={`#${section}`}>
        {SHOWS[section]}
      </a>
    )
  }
  if (place === null) return null
  const from = place.startNs - model.page.budget.startNs
  return (
    <button type="button" class="link" onClick={() => setFocus([from, from + place.durationNs])}>
      {SHOWS.timeline}
    </button>
  )
}
