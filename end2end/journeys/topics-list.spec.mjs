import assert from 'node:assert/strict'
import { firstColumn, heading, journey, main, open, rows, says, send, topic, admin, newName } from './helper.mjs'

const search = (page, text) => main(page).getByRole('searchbox').fill(text)
const filter = (page) => main(page).getByRole('button', { name: 'Filter' }).click()

journey('topics: search, no match, all again', async ({ page }) => {
  const name = await topic()
  await open(page, '/topics')
  await search(page, name.slice(1))
  await filter(page)
  assert.deepEqual(await firstColumn(page), [name])
  await search(page, `*${name.slice(-3)}`)
  await filter(page)
  assert.ok((await firstColumn(page)).includes(name))
  await search(page, 'no-such-topic-at-all')
  await filter(page)
  await says(page, 'No topic matches “no-such-topic-at-all”')
  await page.getByRole('link', { name: 'Show all topics' }).click()
  assert.ok((await firstColumn(page)).length > 0)
  assert.equal(await main(page).getByRole('searchbox').inputValue(), '')
})

journey('topics: find one from the top bar', async ({ page }) => {
  const name = await topic()
  await open(page, '/')
  await page.getByRole('banner').getByRole('searchbox').fill(name)
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/topics\?/)
  assert.deepEqual(await firstColumn(page), [name])
})

journey('topics: sort by every column', async ({ page }) => {
  const small = await topic(1)
  const large = await topic(7)
  await send(large, { value: Buffer.alloc(50_000) }, { value: 'b' }, { value: 'c' })
  const both = async () => (await firstColumn(page)).filter((n) => n === small || n === large)
  for (const column of ['Partitions', 'Messages', 'Size']) {
    await open(page, '/topics?rows=100')
    await page.getByRole('columnheader', { name: column }).getByRole('link').click()
    assert.deepEqual(await both(), [large, small], column)
    assert.equal(await page.getByRole('columnheader', { name: column }).getAttribute('aria-sort'), 'descending')
    await page.getByRole('columnheader', { name: column }).getByRole('link').click()
    assert.deepEqual(await both(), [small, large], column)
    assert.equal(await page.getByRole('columnheader', { name: column }).getAttribute('aria-sort'), 'ascending')
  }
})

journey('topics: paging and rows a page', async ({ page, js }) => {
  const prefix = newName()
  const names = Array.from({ length: 60 }, (_, n) => `${prefix}-${String(n).padStart(2, '0')}`)
  await admin.createTopics({ topics: names.map((name) => ({ topic: name, numPartitions: 1 })) })
  await open(page, `/topics?q=${prefix}`)
  await page.getByLabel('Rows').selectOption('25')
  // With a script the choice is enough; without one there is a button.
  if (!js) await page.getByRole('navigation', { name: /Page 1 of/ }).getByRole('button', { name: 'Show' }).click()
  await page.waitForURL(/rows=25/)
  const seen = await firstColumn(page)
  assert.equal(seen.length, 25)
  await says(page, '1–25 of 60')
  await page.getByRole('link', { name: 'Next page' }).click()
  seen.push(...await firstColumn(page))
  await page.getByRole('link', { name: 'Last page' }).click()
  seen.push(...await firstColumn(page))
  assert.deepEqual(seen, names)
  await says(page, '51–60 of 60')
  await page.getByRole('link', { name: 'Previous page' }).click()
  await says(page, '26–50 of 60')
  await admin.deleteTopics({ topics: names })
})

journey('topics: internal ones behind a switch', async ({ page }) => {
  const name = await topic()
  await admin.setOffsets({ groupId: `g-${name}`, topic: name, partitions: [{ partition: 0, offset: '0' }] })
  await open(page, '/topics?q=__consumer')
  await says(page, 'No topic matches')
  await open(page, '/topics?q=__consumer&internal=1')
  assert.match((await firstColumn(page))[0], /__consumer_offsets/)
})

journey('topics: state lives in the address', async ({ page }) => {
  const name = await topic()
  await open(page, `/topics?q=${name}&sort=-size&rows=25`)
  await page.reload()
  assert.deepEqual(await firstColumn(page), [name])
  await page.getByRole('link', { name, exact: true }).click()
  assert.equal(await heading(page), name)
})
