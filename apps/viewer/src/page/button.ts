/** A button beside a table or chart. */
export function button(text: string, name: string, onClick: (button: HTMLButtonElement) => void) {
  const made = document.createElement('button')
  made.type = 'button'
  made.textContent = text
  if (name !== text) made.setAttribute('aria-label', name)
  made.addEventListener('click', () => onClick(made))
  return made
}

/** A row of buttons at the right. */
export function takeAlongRow(...buttons: HTMLButtonElement[]): HTMLElement {
  const row = document.createElement('div')
  row.className = 'take-along'
  row.append(...buttons)
  return row
}
