// Tables, charts and traces as files and on the clipboard. Nothing is asked of a server.
import { plainCell, protectText } from '@flowsim/trace-schema'

/** A table's cells, the head first. */
export type Cells = readonly (readonly (string | number | null)[])[]

/** CSV (RFC 4180 with LF); texts are protected from spreadsheets that would take one for a formula. */
export function csvOf(cells: Cells): string {
  return cells
    .map((row) =>
      row
        .map((cell) => (typeof cell === 'string' ? plainCell(protectText(cell)) : numberText(cell)))
        .join(','),
    )
    .join('\n')
    .concat('\n')
}

/** Columns between tabs, as spreadsheets and documents take them from the clipboard. */
export function tabbed(cells: Cells): string {
  return cells
    .map((row) =>
      row
        .map((cell) =>
          typeof cell === 'string'
            ? protectText(cell.replace(/[\t\n\r]+/g, ' '))
            : numberText(cell),
        )
        .join('\t'),
    )
    .join('\n')
}

function numberText(value: number | null): string {
  return value === null || !Number.isFinite(value) ? '' : String(value)
}

/** Saves a file under a name. */
export function save(name: string, content: Blob): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(content)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}

/** Puts a text on the clipboard, also where a page from disk has no right to the clipboard's own interface. */
export async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
  } catch {
    const area = document.createElement('textarea')
    area.value = text
    document.body.append(area)
    area.select()
    document.execCommand('copy')
    area.remove()
  }
}

/** A name for a file of a page: letters, digits, dots and lines. */
export function fileName(title: string, what: string, ending: string): string {
  const clean = (text: string) => text.replace(/[^\w.-]+/g, '-').replace(/^-+|-+$/g, '')
  return `${clean(title.replace(/\.(json|gz|trace)\b/g, ''))}-${clean(what).toLowerCase()}.${ending}`
}

/** A drawing as a file by itself: colours of the page's theme, its paper behind. */
export function svgText(svg: SVGSVGElement): string {
  const twin = svg.cloneNode(true) as SVGSVGElement
  const originals = [svg, ...svg.querySelectorAll<SVGElement>('*')]
  const copies = [twin, ...twin.querySelectorAll<SVGElement>('*')]
  originals.forEach((original, i) => {
    const style = getComputedStyle(original)
    for (const name of ['fill', 'stroke', 'color', 'font-family', 'font-size']) {
      copies[i]!.style.setProperty(name, style.getPropertyValue(name))
    }
  })
  const { width, height } = svg.getBoundingClientRect()
  twin.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  twin.setAttribute('width', String(width))
  twin.setAttribute('height', String(height))
  twin.style.background = getComputedStyle(document.body).backgroundColor
  return new XMLSerializer().serializeToString(twin)
}

/** A drawing as pixels, twice as fine as on the page. */
export async function pngOf(svg: SVGSVGElement): Promise<Blob> {
  const { width, height } = svg.getBoundingClientRect()
  const address = URL.createObjectURL(new Blob([svgText(svg)], { type: 'image/svg+xml' }))
  try {
    const image = new Image()
    image.src = address
    await image.decode()
    const canvas = document.createElement('canvas')
    canvas.width = Math.round(width * 2)
    canvas.height = Math.round(height * 2)
    canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height)
    return await canvasPng(canvas)
  } finally {
    URL.revokeObjectURL(address)
  }
}

/** What a canvas shows as pixels, the page's paper behind. */
export function canvasPng(canvas: HTMLCanvasElement): Promise<Blob> {
  const whole = document.createElement('canvas')
  whole.width = canvas.width
  whole.height = canvas.height
  const ctx = whole.getContext('2d')!
  ctx.fillStyle = getComputedStyle(document.body).backgroundColor
  ctx.fillRect(0, 0, whole.width, whole.height)
  ctx.drawImage(canvas, 0, 0)
  return new Promise((resolve, reject) =>
    whole.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no picture'))), 'image/png'),
  )
}
