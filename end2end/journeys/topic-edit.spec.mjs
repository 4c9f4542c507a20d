import assert from 'node:assert/strict'
import { errorAt, heading, journey, main, open, partitions, says, submit, topic } from './helper.mjs'

journey('topic page: configuration and partitions', async ({ page }) => {
  const name = await topic(3, [{ name: 'retention.ms', value: '7200000' }])
  await open(page, `/topics/${name}`)
  assert.equal(await heading(page), name)
  await says(page, '3 × 1', '2 h', 'cleanup.policy', 'retention.ms', '7200000')
  await page.getByRole('navigation', { name: 'Topic' }).getByRole('link', { name: /Partitions/ }).click()
  await says(page, 'Start offset', 'End offset', 'Leader')
  assert.equal(await page.getByRole('row').count(), 4)
})

journey('edit a topic: retention and cleanup', async ({ page }) => {
  const name = await topic()
  await open(page, `/topics/${name}`)
  await main(page).getByRole('link', { name: 'Edit', exact: true }).click()
  await submit(page, { Retention: '5', 'Cleanup policy': 'compact,delete' }, 'Save changes')
  await says(page, `Topic ${name} changed`, '5 h', 'compact, delete')
  await open(page, `/topics/${name}/edit`)
  await submit(page, { Retention: '' }, 'Save changes')
  await says(page, '72 h', 'the instance’s')
})

journey('edit a topic: refusals', async ({ page }) => {
  const name = await topic()
  for (const [value, expected] of [['0', /below the least, 1/], ['721', /above the limit of 720/], ['soon', /not a whole number/]]) {
    await open(page, `/topics/${name}/edit`)
    await submit(page, { Retention: value }, 'Save changes')
    await says(page, 'The topic was not changed')
    assert.match(await errorAt(page, 'Retention'), expected)
  }
})

journey('add partitions', async ({ page }) => {
  const name = await topic(2)
  await open(page, `/topics/${name}`)
  await main(page).getByRole('link', { name: 'Add partitions' }).first().click()
  await says(page, 'Keys move to other partitions')
  await submit(page, { 'Partitions afterwards': '5' }, 'Add partitions')
  await says(page, `Topic ${name} has 5 partitions now`)
  assert.equal(await partitions(name), 5)
})

journey('add partitions: refusals', async ({ page }) => {
  const name = await topic(3)
  for (const [value, expected] of [['3', /Enter 4–360/], ['2', /Enter 4–360/], ['361', /above the limit of 360/], ['x', /not a whole number/]]) {
    await open(page, `/topics/${name}/add-partitions`)
    await submit(page, { 'Partitions afterwards': value }, 'Add partitions')
    await says(page, 'No partitions were added')
    assert.match(await errorAt(page, 'Partitions afterwards'), expected)
  }
  assert.equal(await partitions(name), 3)
})
