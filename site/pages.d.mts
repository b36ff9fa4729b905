export interface Section {
  title: string
  pages: string[]
  collapsed?: boolean
}
export function sections(root: string): Section[]
export function placeOf(path: string): string
export function titleOf(text: string): string
export function layOut(root: string, folder: string): void
