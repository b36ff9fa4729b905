import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'
import { layOut, placeOf, sections, titleOf } from '../site/pages.mjs'

// The site's navigation and its start page. That its links lead somewhere is what its build checks.

const pages = sections('.').flatMap(({ pages }) => pages)

describe('navigation', () => {
  it('has every page of the documents, once', () => {
    const documents = readdirSync('docs', { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md'))
      .map((name) => `docs/${name}`)
    expect(pages.filter((page) => page.startsWith('docs/')).sort()).toEqual(documents.sort())
  })

  it('gives every page a place to itself, and a title', () => {
    const places = pages.map(placeOf)
    expect(new Set(places).size).toBe(places.length)
    expect(pages.filter((page) => titleOf(readFileSync(page, 'utf8')) === '')).toEqual([])
  })

  it('begins with the start page and has the sections that readers look for', () => {
    expect(pages[0]).toBe('docs/README.md')
    const titles = sections('.').map(({ title }) => title)
    for (const title of ['Start', 'Tutorials', 'Guides', 'Reference', 'Accuracy', 'Contributing']) {
      expect(titles).toContain(title)
    }
  })
})

describe('the start page', () => {
  /** Clicks from the start page to each page, by the links in the texts alone. */
  const clicks = new Map<string, number>([['docs/README.md', 0]])
  for (const [page, distance] of clicks) {
    const links = readFileSync(page, 'utf8').matchAll(/\]\(([^)#\s]+\.md)(?:#[^)]*)?\)/g)
    for (const [, link] of links) {
      const to = normalize(`${dirname(page)}/${link}`)
      if (pages.includes(to) && !clicks.has(to)) clicks.set(to, distance + 1)
    }
  }

  it.each([
    ['how to capture', 'docs/profile.md'],
    ['what a report says', 'docs/report.md'],
    ['how to use the parser alone', 'packages/parser/README.md'],
    ['how to extend', 'docs/contributing/README.md'],
  ])('leads in three clicks to %s', (_, page) => {
    expect(clicks.get(page)).toBeLessThanOrEqual(3)
  })

  it('leads to every page of the documents', () => {
    expect(pages.filter((page) => page.startsWith('docs/') && !clicks.has(page))).toEqual([])
  })
})

it('pictures that a page links to are files of the site, those that it shows lie beside it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flowsim-site-'))
  try {
    layOut('.', folder)
    const page = readFileSync(join(folder, 'gallery.md'), 'utf8')
    const links = [...page.matchAll(/(!?)\[[^\]]*\]\(([^)\s]+\.(?:png|svg))\)/g)]
    expect(new Set(links.map(([, mark]) => mark))).toEqual(new Set(['', '!']))
    const missing = links.filter(
      ([, mark, link]) => !existsSync(join(folder, mark === '!' ? '' : 'public', link!)),
    )
    expect(missing).toEqual([])
    expect(links.filter(([, mark, link]) => mark === '' && !link!.startsWith('/'))).toEqual([])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
