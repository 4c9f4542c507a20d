import assert from 'node:assert/strict'
import { heading, journey, open, says, signIn, url } from './helper.mjs'

journey('sign in', { signedIn: false }, async ({ page }) => {
  await open(page, '/')
  assert.equal(new URL(page.url()).pathname, '/login')
  await signIn(page)
  await page.waitForURL(url + '/')
  assert.equal(await heading(page), 'Overview')
})

journey('sign in leads where one wanted to go', { signedIn: false }, async ({ page }) => {
  await open(page, '/topics?sort=-size')
  await signIn(page)
  await page.waitForURL(url + '/topics?sort=-size')
})

journey('sign in never leads to another site', { signedIn: false }, async ({ page }) => {
  for (const next of ['https://example.org/', '//example.org/', '/\\example.org']) {
    await page.context().clearCookies()
    await open(page, `/login?next=${encodeURIComponent(next)}`)
    await signIn(page)
    await page.waitForLoadState()
    assert.equal(new URL(page.url()).origin, url)
  }
})

journey('signed out, no address tells anything', { signedIn: false }, async ({ page }) => {
  for (const path of ['/instance', '/topics/no-such-topic', '/messages?topic=x', '/no/such/page', '/messages/download?topic=x&partition=0&offset=0&part=value']) {
    await open(page, path)
    await says(page, 'Sign in')
  }
})
