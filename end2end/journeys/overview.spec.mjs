import assert from 'node:assert/strict'
import { heading, journey, open, says, send, topic } from './helper.mjs'

journey('overview: counts, largest topics, the instance', async ({ page }) => {
  const name = await topic(2)
  await send(name, ...Array.from({ length: 5 }, () => ({ value: Buffer.alloc(100_000, 'x') })))
  await open(page, '/')
  await says(page, '1 running', 'Topics', 'Partitions', 'Groups', 'Storage', name)
  await page.getByRole('region', { name: 'Largest topics' }).getByRole('link', { name, exact: true }).click()
  assert.equal(await heading(page), name)
})

journey('navigation by its links', async ({ page }) => {
  await open(page, '/')
  for (const [link, title] of [['Instance', 'Instance'], ['Topics', 'Topics'], ['Messages', 'Messages'], ['Overview', 'Overview']]) {
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: link, exact: true }).click()
    assert.equal(await heading(page), title)
    assert.equal(await page.getByRole('navigation', { name: 'Main' }).locator('[aria-current=page]').innerText(), link)
  }
})

journey('skip link and keyboard', { js: [true] }, async ({ page }) => {
  await open(page, '/topics')
  await page.keyboard.press('Tab')
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to content')
  await page.keyboard.press('Enter')
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main')
})
