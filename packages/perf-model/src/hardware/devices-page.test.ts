import { expect, it } from 'vitest'
import { devicesPage } from '../testing/devices-page.js'

it('docs/devices.md is what the catalogue says; vitest -u writes it anew', async () => {
  await expect(devicesPage()).toMatchFileSnapshot('../../../../docs/devices.md')
})
