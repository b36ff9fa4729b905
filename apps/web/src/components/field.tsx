// A choice with its name above it.
import type { ComponentChildren } from 'preact'

/** One of named values. */
export function Select({
  label,
  value,
  options,
  onChange,
}: {
  label: string
  value: string
  options: readonly { value: string; text: string }[]
  onChange: (value: string) => void
}) {
  return (
    <label class="field">
      <span>{label}</span>
      <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.text}
          </option>
        ))}
      </select>
    </label>
  )
}

/** Times by a factor, on a scale where each step counts the same: a quarter, a half, as is, twice. */
export function FactorSlider({
  label,
  hint,
  value,
  onChange,
}: {
  label: string
  hint?: ComponentChildren
  value: number
  onChange: (factor: number) => void
}) {
  const text = factorText(value)
  return (
    <label class="slider">
      <span>
        {label} {hint && <small>{hint}</small>}
      </span>
      <input
        type="range"
        min={-2}
        max={2}
        step={0.1}
        value={-Math.log2(value)}
        aria-valuetext={text}
        onInput={(event) => onChange(2 ** -Number(event.currentTarget.value))}
      />
      <output>{text}</output>
    </label>
  )
}

/** A factor on times as people say it. */
export function factorText(factor: number): string {
  if (Math.abs(factor - 1) < 1e-9) return 'as is'
  return factor < 1 ? `${(1 / factor).toFixed(2)}× faster` : `${factor.toFixed(2)}× slower`
}

/** A positive number. */
export function NumberField({
  label,
  value,
  onChange,
}: {
  label: string
  value: number
  onChange: (value: number) => void
}) {
  return (
    <label class="field number">
      <span>{label}</span>
      <input
        type="number"
        min={0}
        step="any"
        value={value}
        onInput={(event) => {
          const next = event.currentTarget.valueAsNumber
          if (next > 0) onChange(next)
        }}
      />
    </label>
  )
}
