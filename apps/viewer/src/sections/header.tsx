import { useContext, useState } from 'preact/hooks'
import { SharedContext } from '../filter.js'

/** What the report is of, what predicted it, and the way around the page. */
export function Header() {
  const { model, scope, setScope } = useContext(SharedContext)
  const { title, facts, prediction, synthetic, warnings, steps, layers, generator } = model.page
  const phases = [...new Set(steps?.steps.map(({ phase }) => phase) ?? [])]
  const links = [
    ['summary', 'Time'],
    ...(model.page.findings.length > 0 ? [['findings', 'Next']] : []),
    ['operations', 'Operations'],
    ...(layers ? [['layers', 'Layers']] : []),
    ...(prediction ? [['accuracy', 'Prediction']] : []),
    ...(model.page.device ? [['roofline', 'Roofline']] : []),
    ['timeline', 'Timeline'],
    ['kernels', 'Activities'],
    ['details', 'Details'],
    ['notes', 'Notes'],
  ] as const
  return (
    <>
      <header class="masthead">
        <p class="wordmark">FlowSim report</p>
        <h1>{title}</h1>
        <dl class="facts">
          {facts.map(([label, value]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
          {prediction && (
            <div>
              <dt>Predicted with</dt>
              <dd>
                {prediction.model} model, {prediction.hardware}
                {prediction.profile && `, profile ${prediction.profile}`}
                {prediction.relativeTo &&
                  `; measured × ratio of estimates, from ${prediction.relativeTo}`}
              </dd>
            </div>
          )}
        </dl>
        {synthetic && (
          <p class="notice strong">
            <strong>Not measured.</strong> This trace was generated: {synthetic}
          </p>
        )}
        {warnings.map((warning) => (
          <p class="notice" key={warning}>
            {warning}
          </p>
        ))}
      </header>
      <nav class="toolbar" aria-label="Sections">
        <ul>
          {links.map(([id, name]) => (
            <li key={id}>
              <a href={`#${id}`}>{name}</a>
            </li>
          ))}
        </ul>
        <div class="toolbar-end">
          {steps && steps.steps.length > 1 && (
            <label class="scope">
              <span>Show</span>
              <select
                aria-label="Show"
                value={
                  typeof scope === 'object'
                    ? 'step' in scope
                      ? `s${scope.step}`
                      : `p${scope.phase}`
                    : 'all'
                }
                onChange={({ currentTarget: { value } }) =>
                  setScope(
                    value === 'all'
                      ? 'all'
                      : value.startsWith('p')
                        ? { phase: value.slice(1) }
                        : { step: Number(value.slice(1)) },
                  )
                }
              >
                <option value="all">Whole trace</option>
                {phases.length > 1 &&
                  phases.map((phase) => (
                    <option key={phase} value={`p${phase}`}>
                      All {phase} steps
                    </option>
                  ))}
                {steps.steps.map(({ name, phase, tokens }, i) => (
                  <option key={i} value={`s${i}`}>
                    Step {i}: {phase === 'unknown' ? name : phase}
                    {tokens !== null && `, ${tokens} tokens`}
                  </option>
                ))}
              </select>
            </label>
          )}
          <ThemeButton />
        </div>
      </nav>
      <p class="print-only">{generator}</p>
    </>
  )
}

function ThemeButton() {
  const [theme, setTheme] = useState<'auto' | 'light' | 'dark'>('auto')
  const next = theme === 'auto' ? 'dark' : theme === 'dark' ? 'light' : 'auto'
  const names = { auto: 'system', light: 'light', dark: 'dark' }
  return (
    <button
      type="button"
      class="theme"
      title={`Colours: ${names[theme]}. Change to ${names[next]}.`}
      onClick={() => {
        setTheme(next)
        if (next === 'auto') delete document.documentElement.dataset.theme
        else document.documentElement.dataset.theme = next
        dispatchEvent(new Event('themechange'))
      }}
    >
      <span class="hidden">Colours: {names[theme]}</span>
      <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
        <circle cx="8" cy="8" r="6.25" fill="none" stroke="currentColor" stroke-width="1.5" />
        <path d="M8 1.75a6.25 6.25 0 0 1 0 12.5z" fill="currentColor" />
      </svg>
    </button>
  )
}
