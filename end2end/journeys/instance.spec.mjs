import assert from 'node:assert/strict'
import { bootstrap, journey, open, says } from './helper.mjs'

journey('instance: state, version, endpoints', async ({ page }) => {
  await open(page, '/instance')
  await says(page, 'Running', 'Millrace', bootstrap, 'Retention', 'Largest message', 'Committed offsets kept')
})

journey('instance: copy an endpoint', { js: [true], context: { permissions: ['clipboard-read', 'clipboard-write'] } }, async ({ page }) => {
  await open(page, '/instance')
  await page.getByRole('button', { name: `Copy ${bootstrap}` }).first().click()
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), bootstrap)
})
