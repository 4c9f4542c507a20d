import assert from 'node:assert/strict'
import { heading, journey, open } from './helper.mjs'

const lang = (page) => page.locator('html').getAttribute('lang')

journey('switch the language, and back', async ({ page }) => {
  await open(page, '/topics?sort=-size')
  assert.equal(await lang(page), 'en')
  await page.getByRole('banner').getByRole('button', { name: '中文' }).first().click()
  await page.waitForURL(/\/topics\?sort=-size/)
  assert.equal(await lang(page), 'zh-CN')
  assert.notEqual(await heading(page), 'Topics')
  await open(page, '/instance')
  assert.equal(await lang(page), 'zh-CN', 'it stays')
  await page.getByRole('banner').getByRole('button', { name: 'English' }).first().click()
  assert.equal(await lang(page), 'en')
})

journey('the first visit follows the browser’s language', { signedIn: false, context: { locale: 'zh-CN' } }, async ({ page }) => {
  await open(page, '/login')
  assert.equal(await lang(page), 'zh-CN')
})

journey('switch the theme', async ({ page }) => {
  const ground = () => page.locator('body').evaluate((e) => getComputedStyle(e).backgroundColor)
  const choose = async (name) => {
    await page.locator('summary[aria-label="Theme"]').click()
    await page.getByRole('banner').getByRole('button', { name, exact: true }).first().click()
    await page.waitForLoadState()
  }
  await open(page, '/topics')
  await choose('Dark')
  const dark = await ground()
  await open(page, '/instance')
  assert.equal(await ground(), dark, 'it stays')
  await choose('Light')
  assert.notEqual(await ground(), dark)
  await page.locator('summary[aria-label="Theme"]').click()
  await page.getByRole('banner').getByRole('button', { name: /Follow the system/ }).first().click()
  await page.emulateMedia({ colorScheme: 'dark' })
  assert.equal(await ground(), dark)
})
