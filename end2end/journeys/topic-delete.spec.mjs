import assert from 'node:assert/strict'
import { admin, errorAt, journey, main, open, says, send, submit, topic } from './helper.mjs'

journey('delete a topic by typing its name', async ({ page }) => {
  const name = await topic()
  await send(name, { value: 'x' })
  await open(page, `/topics/${name}`)
  await page.locator('summary[aria-label="More actions"]').click()
  await page.getByRole('link', { name: 'Delete topic' }).click()
  await says(page, `Delete topic ${name}?`, 'cannot be recovered')
  for (const [typed, expected] of [['wrong', /“wrong” is not the name/], [name.toUpperCase(), /is not the name/]]) {
    await submit(page, { 'Name of the topic': typed }, /^Delete topic/)
    assert.match(await errorAt(page, 'Name of the topic'), expected)
    assert.ok((await admin.listTopics()).includes(name), 'still there')
  }
  await submit(page, { 'Name of the topic': name }, /^Delete topic/)
  await says(page, `Topic ${name} deleted`)
  assert.equal(new URL(page.url()).pathname, '/topics')
  assert.ok(!(await admin.listTopics()).includes(name))
})

journey('delete a topic: keep it', async ({ page }) => {
  const name = await topic()
  await open(page, `/topics/${name}/delete`)
  await main(page).getByRole('link', { name: 'Keep it' }).click()
  assert.equal(new URL(page.url()).pathname, `/topics/${name}`)
})

journey('a topic that is gone says so on each of its pages', async ({ page }) => {
  const name = await topic()
  await admin.deleteTopics({ topics: [name] })
  for (const path of ['', '/partitions', '/edit', '/add-partitions', '/delete']) {
    const answer = await open(page, `/topics/${name}${path}`)
    assert.equal(answer.status(), 404, path)
    await says(page, `Topic ${name} does not exist`)
  }
  await open(page, `/messages?topic=${name}`)
  await says(page, `${name} does not exist`)
})

journey('a page there never was', async ({ page }) => {
  assert.equal((await open(page, '/no/such/page')).status(), 404)
  await says(page, 'There is no such page')
  await page.getByRole('link', { name: 'Go to the overview' }).click()
  assert.equal(new URL(page.url()).pathname, '/')
})
