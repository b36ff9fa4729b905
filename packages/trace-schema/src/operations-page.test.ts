import { expect, it } from 'vitest'
import { operationsPage } from './testing/operations-page.js'

it('docs/operations.md is what the operations say; vitest -u writes it anew', async () => {
  await expect(operationsPage()).toMatchFileSnapshot('../../../docs/operations.md')
})
