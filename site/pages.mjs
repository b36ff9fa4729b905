// Pages of the site from the Markdown of the repository: where each goes, and what its links become. Links between
// pages stay links between pages; a file that is not a page goes along and is linked as it is.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join, posix } from 'node:path'
import { NAVIGATION } from './navigation.mjs'

/** Paths of all pages that the navigation names, its stars filled in, as sections. `root` is the repository. */
export function sections(root) {
  const named = new Set(
    NAVIGATION.flatMap(({ pages }) => pages.filter((page) => !page.includes('*'))),
  )
  return NAVIGATION.map(({ pages, ...section }) => ({
    ...section,
    pages: pages.flatMap((page) =>
      page.includes('*') ? filled(root, page).filter((path) => !named.has(path)) : [page],
    ),
  }))
}

/** Paths that a pattern with one star stands for. */
function filled(root, pattern) {
  const [before, after] = pattern.split('*')
  const folder = dirname(`${before}x`)
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder))
    .sort()
    .map((name) => `${before}${after.startsWith('.') ? basename(name, after) : name}${after}`)
    .filter((path) => existsSync(join(root, path)) && statSync(join(root, path)).isFile())
}

const PLACES = {
  'CONTRIBUTING.md': 'house-rules.md',
  'SECURITY.md': 'reporting-faults.md',
  'python/README.md': 'packages/python.md',
}

/** Where a page lies in the site: `docs/parse.md` at `parse.md`, a README as the index of its folder. */
export function placeOf(path) {
  return (
    PLACES[path] ??
    path
      .replace(/^docs\//, '')
      .replace(/^(packages|apps|examples)\/([^/]+)\/README\.md$/, '$1/$2.md')
      .replace(/(^|\/)README\.md$/, '$1index.md')
  )
}

/** The title of a page: its first heading. */
export const titleOf = (text) => /^# (.+)$/m.exec(text)?.[1].replaceAll('`', '') ?? ''

/** Writes the pages of the navigation into a folder, and the files that they link to into its `public`. */
export function layOut(root, folder) {
  const pages = new Map(
    sections(root).flatMap(({ pages }) => pages.map((path) => [path, placeOf(path)])),
  )
  for (const [path, place] of pages) {
    const text = readFileSync(join(root, path), 'utf8')
    write(join(folder, place), withLinks(text, { root, folder, path, pages }))
  }
}

function write(path, text) {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

const CODE_OR_LINK = /^```[\s\S]*?^```|(!?)\[((?:[^\]`]|`[^`]*`)*)\]\(([^)\s]+)\)|`[^`\n]*`/gm

/** A page's text with the links that serve in the site; code is left as it is. */
function withLinks(text, context) {
  return text.replace(CODE_OR_LINK, (whole, mark, words, link) => {
    if (link === undefined) return whole
    const to = linkOf(link, mark === '!', context)
    return to === undefined ? words : `${mark}[${words}](${to})`
  })
}

/** Where a link of a page leads in the site; undefined for a folder, which is not in it. */
function linkOf(link, isShown, { root, folder, path, pages }) {
  if (/^(?:[a-z]+:|#)/.test(link)) return link
  const [file, anchor] = link.split('#')
  const target = posix.normalize(posix.join(posix.dirname(path), file)).replace(/\/$/, '')
  const page = [target, `${target}/README.md`].find((each) => pages.has(each))
  const hash = anchor === undefined ? '' : `#${anchor}`
  const from = posix.dirname(placeOf(path))
  if (page !== undefined) return `./${posix.relative(from, pages.get(page))}${hash}`
  if (!existsSync(join(root, target))) throw new Error(`${path}: ${link} leads nowhere`)
  if (statSync(join(root, target)).isDirectory()) return undefined
  // The build gives pictures that a page shows another name, so those that it links to go along as files.
  const copy = join(folder, isShown ? '' : 'public', placeOf(target))
  mkdirSync(dirname(copy), { recursive: true })
  copyFileSync(join(root, target), copy)
  return isShown ? `./${posix.relative(from, placeOf(target))}` : `/${placeOf(target)}`
}
