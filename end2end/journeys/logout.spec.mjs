import assert from 'node:assert/strict'
import { journey, open, signIn, url } from './helper.mjs'

journey('sign out', { signedIn: false }, async ({ page }) => {
  await open(page, '/login')
  await signIn(page)
  await page.waitForURL(url + '/')
  const cookies = await page.context().cookies()
  await page.locator('summary', { hasText: 'admin' }).click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.waitForURL(/\/login/)
  // The old session is dead on the server too, not only forgotten by the browser.
  await page.context().addCookies(cookies)
  await open(page, '/topics')
  assert.equal(new URL(page.url()).pathname, '/login')
})
