// axe-core on every page, in both themes and both languages; and 390 px of width without sideways scrolling.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { journey, newName, open, send, topic } from './helper.mjs'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

async function pages() {
  const name = await topic(3)
  await send(name, { key: 'k', value: '{"a":1}', headers: { h: 'v' } }, { value: 'x'.repeat(6000) }, { key: 'w'.repeat(300), value: 'y' })
  return ['/', '/instance', '/instance/settings', '/topics', '/topics?q=no-such-topic', '/create-topic', `/topics/${name}`, `/topics/${name}/partitions`, `/topics/${name}/edit`,
    `/topics/${name}/add-partitions`, `/topics/${name}/delete`, `/messages`, `/messages?topic=${name}`, `/messages?topic=${name}&by=time`, `/messages?topic=${name}&by=offset&partition=0&offset=-1`,
    ...['value', 'key', 'headers'].map((part) => `/messages?topic=${name}&by=offset&partition=0&offset=0&open=0.0&part=${part}`),
    `/messages?topic=${name}&by=offset&partition=0&offset=0&open=0.1&view=hex`, '/account', '/account/password', '/no-such-page', `/topics/${newName()}`]
}

async function check(page, what) {
  await page.evaluate(axe)
  const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ['violations'] }))
  assert.deepEqual(violations.map((v) => `${v.id}: ${v.help} – ${v.nodes.slice(0, 2).map((n) => n.html.slice(0, 160)).join(' | ')}`), [], what)
}

for (const [locale, scheme] of [['en-US', 'light'], ['en-US', 'dark'], ['zh-CN', 'light'], ['zh-CN', 'dark']]) {
  journey(`axe, ${locale}, ${scheme}`, { js: [true], context: { locale, colorScheme: scheme } }, async ({ page }) => {
    for (const path of await pages()) {
      await open(page, path)
      await check(page, `${path} in ${scheme}, ${locale}`)
    }
  })
  journey(`axe of the login page, ${locale}, ${scheme}`, { js: [true], signedIn: false, context: { locale, colorScheme: scheme } }, async ({ page }) => {
    await open(page, '/login')
    await check(page, '/login')
  })
}

journey('axe of a refused form', { js: [true] }, async ({ page }) => {
  await open(page, '/create-topic')
  await page.getByLabel('Partitions').fill('0')
  await page.getByLabel('Name', { exact: true }).fill('a b')
  await page.getByRole('main').getByRole('button', { name: 'Create topic' }).click()
  await check(page, 'refused form')
})

for (const locale of ['en-US', 'zh-CN']) {
  journey(`390 px wide, no page scrolls sideways, ${locale}`, { context: { locale, viewport: { width: 390, height: 800 } } }, async ({ page }) => {
    for (const path of await pages()) {
      await open(page, path)
      const width = await page.locator('html').evaluate((e) => e.scrollWidth)
      assert.ok(width <= 390, `${path} is ${width} px wide`)
    }
  })
}
