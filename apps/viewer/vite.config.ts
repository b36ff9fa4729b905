// Builds the page into one module that holds it as text: `script`, `style` and the hash of the script,
// which the report's content security policy names.
import { createHash } from 'node:crypto'
import { defineConfig, type Plugin } from 'vite'

/** Replaces the built files by `viewer.js`, which exports their text. */
const asText: Plugin = {
  name: 'viewer-as-text',
  enforce: 'post',
  generateBundle(_, bundle) {
    let script = ''
    let style = ''
    for (const [name, file] of Object.entries(bundle)) {
      if (file.type === 'chunk') script += file.code
      else if (name.endsWith('.css')) style += String(file.source)
      delete bundle[name]
    }
    if (script === '' || style === '') this.error('the build gave no script or no style')
    // A script element ends at the first "</script", wherever it stands.
    script = script.replaceAll('</script', '<\\/script').trim()
    const hash = createHash('sha256').update(script).digest('base64')
    const text = Object.entries({ script, style: style.trim(), scriptHash: `sha256-${hash}` })
      .map(([name, value]) => `export const ${name} = ${JSON.stringify(value)}\n`)
      .join('')
    this.emitFile({ type: 'asset', fileName: 'viewer.js', source: text })
  },
}

export default defineConfig({
  plugins: [asText],
  define: { 'process.env.NODE_ENV': '"production"' },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    lib: { entry: 'src/main.tsx', formats: ['iife'], name: 'flowsim', fileName: 'viewer' },
    cssCodeSplit: false,
    reportCompressedSize: false,
  },
})
