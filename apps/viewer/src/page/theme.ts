// The button that changes the colours of the page.
import { button } from './button.js'

const NEXT = { auto: 'dark', dark: 'light', light: 'auto' } as const
const NAMES = { auto: 'system', light: 'light', dark: 'dark' } as const

/** Adds it at the end of the bar. */
export function addThemeButton(): void {
  let theme: keyof typeof NEXT = 'auto'
  const made = button('', '', () => {
    theme = NEXT[theme]
    if (theme === 'auto') delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = theme
    say()
  })
  const say = () => {
    made.ariaLabel = `Colours: ${NAMES[theme]}`
    made.title = `Colours: ${NAMES[theme]}. Change to ${NAMES[NEXT[theme]]}.`
  }
  made.className = 'theme'
  made.innerHTML =
    '<svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true"><circle cx="8" cy="8" r="6.25" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="M8 1.75a6.25 6.25 0 0 1 0 12.5z" fill="currentColor"/></svg>'
  say()
  document.querySelector('.toolbar-end')?.append(made)
}
