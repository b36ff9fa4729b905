// Colours of the families, as names of custom properties; the values stand in style.css.

/** CSS colour of a family. */
export function familyColor(family: string): string {
  return `var(--family-${family})`
}

/** Resolves custom properties to colours that a canvas takes. */
export function resolveColors(names: readonly string[]): string[] {
  const probe = document.createElement('span')
  document.body.append(probe)
  const colors = names.map((name) => {
    probe.style.color = `var(${name})`
    return getComputedStyle(probe).color
  })
  probe.remove()
  return colors
}
