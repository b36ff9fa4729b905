// Colours and font of the canvas, from the style of the page in its present theme.
import { HOST_KINDS } from '@flowsim/trace-schema'
import type { Model } from '../model.js'
import { resolveColors } from '../palette.js'

/** Colours and font that the canvas needs, resolved for the theme. */
export interface Colors {
  families: string[]
  text: string
  muted: string
  line: string
  lane: string
  accent: string
  tones: [string, string]
  onFamily: string
  /** Of HOST_KINDS. */
  host: string[]
  font: string
}

/** The colours as they are now. */
export function colorsOf({ page }: Model): Colors {
  const names = page.families.map((family) => `--family-${family}`)
  const fixed = [
    '--text',
    '--muted',
    '--line',
    '--lane',
    '--accent',
    '--tone-a',
    '--tone-b',
    '--on-family',
    ...HOST_KINDS.map((kind) => `--host-${kind}`),
  ]
  const colors = resolveColors([...names, ...fixed])
  const rest = colors.slice(names.length)
  return {
    families: colors.slice(0, names.length),
    text: rest[0]!,
    muted: rest[1]!,
    line: rest[2]!,
    lane: rest[3]!,
    accent: rest[4]!,
    tones: [rest[5]!, rest[6]!],
    onFamily: rest[7]!,
    host: rest.slice(8),
    font: getComputedStyle(document.body).fontFamily,
  }
}
