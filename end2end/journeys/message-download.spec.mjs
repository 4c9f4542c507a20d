import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { download, journey, main, open, says, send, topic } from './helper.mjs'

const openFirst = (page) => main(page).getByRole('link', { name: '0', exact: true }).click()

journey('download key, value and whole message byte for byte', async ({ page }) => {
  const name = await topic()
  const key = randomBytes(300)
  const value = Buffer.concat([Buffer.from([0, 255, 13, 10, 0xef, 0xbb, 0xbf]), randomBytes(9000)])
  await send(name, { key, value, headers: { h: 'v' } })
  await open(page, `/messages?topic=${name}`)
  await openFirst(page)
  assert.ok((await download(page, page.getByRole('link', { name: 'Download Value' }))).bytes.equals(value))
  const whole = await download(page, page.getByRole('link', { name: 'Download Whole message' }))
  assert.match(whole.name, /\.json$/)
  const message = JSON.parse(whole.bytes)
  assert.deepEqual([message.topic, message.partition, message.offset], [name, 0, 0])
  assert.ok(JSON.stringify(message).includes(value.toString('base64')), 'the value is in the whole message')
  await page.getByRole('navigation', { name: 'Parts of the message' }).getByRole('link', { name: /Key/ }).click()
  assert.ok((await download(page, page.getByRole('link', { name: 'Download Key' }))).bytes.equals(key))
})

journey('a 10 MiB message is cut at 4 KB on the page and downloads whole', async ({ page }) => {
  const name = await topic()
  const value = Buffer.alloc(10 * 1024 * 1024 - 200)
  for (let at = 0; at < value.length; at++) value[at] = 97 + ((at * 31 + (at >> 10)) % 26)
  await send(name, { value })
  await open(page, `/messages?topic=${name}`)
  const listed = (await page.content()).length
  assert.ok(listed < 60_000, `the list is ${listed} characters`)
  await openFirst(page)
  await says(page, 'The first 4 KB of')
  const shown = await page.getByRole('region', { name: /Shown as/ }).innerText()
  assert.ok(shown.length <= 4200 && value.toString().startsWith(shown.trim().slice(0, 3500)), `${shown.length} characters`)
  assert.ok((await download(page, page.getByRole('link', { name: 'Download Value' }))).bytes.equals(value))
})
