import { words } from '../model.js'
import { familyColor } from '../palette.js'

/** The colour of a family, as a small square. */
export function Swatch({ family }: { family: string }) {
  return <span class="swatch" style={{ background: familyColor(family) }} aria-hidden="true" />
}

/** Swatches with names, for a chart whose marks are coloured by family. */
export function Legend({ families }: { families: readonly string[] }) {
  return (
    <ul class="legend">
      {families.map((family) => (
        <li key={family}>
          <Swatch family={family} />
          {words(family)}
        </li>
      ))}
    </ul>
  )
}
