import { Validator } from '@seriousme/openapi-schema-validator'
import { expect, it } from 'vitest'
import { openApiDocument } from './openapi.js'

it('is a valid OpenAPI 3.1 document that describes every operation', async () => {
  const document = openApiDocument('1.2.3')
  const { valid, errors } = await new Validator().validate(structuredClone(document))
  expect(errors).toBeUndefined()
  expect(valid).toBe(true)
  const text = JSON.stringify(document)
  const { schemas } = document.components as { schemas: Record<string, unknown> }
  for (const [, name] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
    expect(Object.keys(schemas)).toContain(name)
  }
  for (const op of ['matmul', 'attention', 'moe', 'all_reduce']) expect(text).toContain(`"${op}"`)
})
