import assert from 'node:assert/strict'
import { journey, main, open, rows, says, send, topic } from './helper.mjs'

const START = 1_763_000_000_000
const offsets = async (page) => (await rows(page)).map((row) => Number(row[1].replaceAll(',', '')))
const query = (page) => main(page).getByRole('button', { name: 'Query' }).click()

/** A topic with `count` messages in partition 0, one a second from START on. */
async function written(count, partitions = 1) {
  const name = await topic(partitions, [{ name: 'retention.ms', value: '-1' }])
  await send(name, ...Array.from({ length: count }, (_, n) => ({ key: `k${n}`, value: `value ${n}`, partition: 0, timestamp: String(START + n * 1000) })))
  return name
}

journey('messages by offset, next and previous page', async ({ page }) => {
  const name = await written(100)
  await open(page, `/topics/${name}`)
  await main(page).getByRole('link', { name: 'Query messages' }).click()
  await main(page).getByRole('link', { name: 'By offset' }).click()
  await page.getByLabel('Partition').fill('0')
  await page.getByLabel('Offset').fill('20')
  await query(page)
  assert.deepEqual(await offsets(page), Array.from({ length: 30 }, (_, n) => 20 + n))
  await says(page, 'value 20', 'k20')
  await page.getByRole('link', { name: 'Next' }).click()
  assert.deepEqual(await offsets(page), Array.from({ length: 30 }, (_, n) => 50 + n))
  await page.getByRole('link', { name: 'Next' }).click()
  assert.deepEqual(await offsets(page), Array.from({ length: 20 }, (_, n) => 80 + n))
  await page.getByRole('link', { name: 'Previous' }).click()
  assert.deepEqual(await offsets(page), Array.from({ length: 30 }, (_, n) => 50 + n))
})

journey('messages by time, over all partitions', async ({ page }) => {
  const name = await written(40, 3)
  await send(name, { value: 'other', partition: 2, timestamp: String(START + 35_500) })
  await open(page, `/messages?topic=${name}`)
  await main(page).getByRole('link', { name: 'By time' }).click()
  await page.getByLabel('From').fill(new Date(START + 35_000).toISOString().slice(0, 19))
  await query(page)
  const found = (await rows(page)).map((row) => [row[0], row[1]].join(':')).sort()
  assert.deepEqual(found, ['0:35', '0:36', '0:37', '0:38', '0:39', '2:0'])
  await open(page, `/messages?topic=${name}&by=time&from=2099-01-01T00:00:00`)
  await says(page, 'No message is from this time or later')
})

journey('latest messages', async ({ page }) => {
  const name = await written(50)
  await open(page, `/messages?topic=${name}`)
  assert.equal((await offsets(page))[0], 49)
  await page.getByRole('link', { name: 'Older' }).click()
  assert.equal(Math.max(...await offsets(page)), 19)
})

journey('messages: what cannot be asked is refused at the field', async ({ page }) => {
  const name = await written(3)
  for (const [address, label, expected] of [
    ['by=offset&partition=0&offset=-1', 'offset', /below the least, 0/], ['by=offset&partition=0&offset=x', 'offset', /not a whole number/],
    ['by=offset&partition=7&offset=0', 'partition', /There is no such partition/], ['by=offset&partition=y&offset=0', 'partition', /not a whole number/],
  ]) {
    await open(page, `/messages?topic=${name}&${address}`)
    const field = page.locator(`#${label}`)
    assert.equal(await field.getAttribute('aria-invalid'), 'true')
    assert.match(await page.locator(`#${(await field.getAttribute('aria-describedby')).split(' ')[0]}`).innerText(), expected)
  }
})

journey('messages: nothing there says why', async ({ page }) => {
  const name = await written(3)
  await open(page, `/messages?topic=${name}&by=offset&partition=0&offset=50`)
  await says(page, 'Offset 50 is past the end')
  const empty = await topic()
  await open(page, `/messages?topic=${empty}`)
  await says(page, 'No messages')
})

journey('a message as text, JSON and hex; its key and headers', async ({ page }) => {
  const name = await topic()
  await send(name, { key: 'the key', value: '{"b":[1,2],"a":"ü"}', headers: { trace: 'abc', empty: '' } })
  await open(page, `/messages?topic=${name}`)
  await main(page).getByRole('link', { name: '0', exact: true }).click()
  const shown = () => page.getByRole('region', { name: /Shown as/ }).innerText()
  assert.equal(await shown(), '{\n  "b": [1, 2],\n  "a": "ü"\n}'.replace('[1, 2]', (await shown()).match(/\[[^\]]*\]/)[0]))
  await page.getByRole('link', { name: 'Text', exact: true }).click()
  assert.equal(await shown(), '{"b":[1,2],"a":"ü"}')
  await page.getByRole('link', { name: 'Hex', exact: true }).click()
  assert.match(await shown(), /7b 22 62 22/i)
  const parts = page.getByRole('navigation', { name: 'Parts of the message' })
  await parts.getByRole('link', { name: /Key/ }).click()
  assert.match(await shown(), /the key|74 68 65/)
  await parts.getByRole('link', { name: /Headers/ }).click()
  await says(page, 'trace', 'abc', 'empty')
})

journey('a tombstone and an empty value are told apart', async ({ page }) => {
  const name = await topic()
  await send(name, { key: 'a', value: null }, { key: 'b', value: '' })
  await open(page, `/messages?topic=${name}&by=offset&partition=0&offset=0`)
  const [first, second] = await rows(page)
  assert.match(first[4], /null/)
  assert.match(second[4], /empty/)
})
