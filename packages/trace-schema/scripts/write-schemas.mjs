// Writes schemas/*.json from the built schemas: `pnpm --filter @flowsim/trace-schema schemas`.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { DOCUMENTS, jsonSchema } from '../dist/zod/index.js'

rmSync('schemas', { recursive: true, force: true })
mkdirSync('schemas')
for (const name of Object.keys(DOCUMENTS)) {
  const text = `${JSON.stringify(jsonSchema(name), null, 2)}\n`
  writeFileSync(`schemas/${name}.${DOCUMENTS[name].major}.json`, text)
}
