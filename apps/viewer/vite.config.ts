// Builds a page into one module that holds it as text: `script`, `style`, the hash of the script, which its content
// security policy names, and the licences of the libraries in it. `dist/viewer.js` is the report of a trace;
// `--mode page` builds `dist/page.js`, what all other pages of results have in common.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { defineConfig, type Plugin } from 'vite'

/** Replaces the built files by one, which exports their text. */
const asText = (file: string): Plugin => ({
  name: 'page-as-text',
  enforce: 'post',
  generateBundle(_, bundle) {
    let script = ''
    let style = ''
    const modules: string[] = []
    for (const [name, part] of Object.entries(bundle)) {
      if (part.type === 'chunk') {
        script += part.code
        modules.push(...Object.keys(part.modules))
      }
      if (part.type === 'asset' && name.endsWith('.css')) style += String(part.source)
      delete bundle[name]
    }
    if (script === '' || style === '') this.error('the build gave no script or no style')
    // A script element ends at the first "</script", wherever it stands.
    script = script.replaceAll('</script', '<\\/script').trim()
    const hash = createHash('sha256').update(script).digest('base64')
    const text = Object.entries({
      script,
      style: style.trim(),
      scriptHash: `sha256-${hash}`,
      licenses: licensesOf(modules),
    })
      .map(([name, value]) => `export const ${name} = ${JSON.stringify(value)}\n`)
      .join('')
    this.emitFile({ type: 'asset', fileName: `${file}.js`, source: text })
  },
})

/** Licences of the packages that modules are of, each text once with the packages that have it. */
function licensesOf(modules: readonly string[]): string {
  const packages = new Set(
    modules.flatMap((path) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []),
  )
  const holders = new Map<string, string[]>()
  for (const folder of [...packages].sort()) {
    const { name } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as { name: string }
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
    if (!file) throw new Error(`${name} has no licence file`)
    const license = readFileSync(`${folder}/${file}`, 'utf8').trim()
    holders.set(license, [...(holders.get(license) ?? []), name])
  }
  return [...holders].map(([license, names]) => `${names.join(', ')}\n\n${license}`).join('\n\n\n')
}

const ENTRIES: Readonly<Record<string, string>> = {
  viewer: 'src/main.tsx',
  page: 'src/page.ts',
}

export default defineConfig(({ mode }) => {
  const name = mode in ENTRIES ? mode : 'viewer'
  return {
    plugins: [asText(name)],
    define: { 'process.env.NODE_ENV': '"production"' },
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      target: 'es2022',
      lib: { entry: ENTRIES[name]!, formats: ['iife'], name: 'flowsim', fileName: name },
      emptyOutDir: false,
      minify: true,
      cssCodeSplit: false,
      reportCompressedSize: false,
    },
  }
})
