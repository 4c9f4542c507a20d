import assert from 'node:assert/strict'
import { admin, errorAt, field, heading, journey, main, newName, open, partitions, says, submit, topic } from './helper.mjs'

journey('create a topic', async ({ page }) => {
  const name = newName()
  await open(page, '/topics')
  await page.getByRole('link', { name: 'Create topic' }).first().click()
  await submit(page, { Name: name, Description: 'Orders <b>of</b> today', Partitions: '6', Retention: '48', 'Cleanup policy': 'compact' }, 'Create topic')
  await says(page, `Topic ${name} created`, 'Orders <b>of</b> today', '48 h', 'compact')
  assert.equal(await heading(page), name)
  assert.equal(await partitions(name), 6)
})

const REFUSALS = [
  ['Name', 'ab', /too few/], ['Name', 'with space', /cannot stand in a name/], ['Name', 'größe', /cannot stand in a name/],
  ['Name', 'a/b', /cannot stand in a name/], ['Name', '---', /Add a letter or a digit/], ['Name', '___', /Add a letter or a digit/],
  ['Partitions', '0', /0 is below the least, 1\. Enter 1–360/], ['Partitions', '361', /361 is above the limit of 360/],
  ['Partitions', 'six', /“six” is not a whole number/], ['Partitions', '1.5', /not a whole number/],
  ['Retention', '0', /Enter 1–720/], ['Retention', '721', /721 is above the limit of 720/], ['Retention', '<i>', /“<i>” is not a whole number/],
]

journey('create a topic: each refusal at its field', async ({ page }) => {
  for (const [label, value, expected] of REFUSALS) {
    const name = newName()
    await open(page, '/create-topic')
    await submit(page, { Name: name, Partitions: '3', Retention: '72', [label]: value }, 'Create topic')
    await says(page, 'The topic was not created')
    assert.match(await errorAt(page, label), expected)
    assert.equal(await field(page, label).inputValue(), value, 'what was typed stays')
    assert.ok(!(await admin.listTopics()).includes(name))
  }
})

journey('create a topic: several refusals at once, with links to the fields', async ({ page }) => {
  await open(page, '/create-topic')
  await submit(page, { Name: 'x y', Partitions: '999', Retention: '0' }, 'Create topic')
  const alert = page.getByRole('alert')
  assert.match(await alert.innerText(), /3 fields/)
  await alert.getByRole('link', { name: 'Partitions' }).click()
  assert.equal(new URL(page.url()).hash, '#partitions')
})

journey('create a topic: a name that exists', async ({ page }) => {
  const name = await topic()
  await open(page, '/create-topic')
  await submit(page, { Name: name }, 'Create topic')
  assert.match(await errorAt(page, 'Name'), /A topic of this name exists/)
})

journey('create a topic: a name like an internal one is asked about first', async ({ page }) => {
  const name = `_${newName()}`
  await open(page, '/create-topic')
  await submit(page, { Name: name }, 'Create topic')
  await says(page, 'begins like an internal topic')
  assert.ok(!(await admin.listTopics()).includes(name))
  await main(page).getByRole('button', { name: 'Create topic all the same' }).click()
  assert.equal(await heading(page), name)
})

journey('a form of another session is not accepted', async ({ page }) => {
  const name = newName()
  await open(page, '/create-topic')
  await page.locator('main input[name=csrf]').evaluate((e) => { e.value = '0'.repeat(32) })
  await submit(page, { Name: name }, 'Create topic')
  await says(page, 'The form was not accepted')
  assert.ok(!(await admin.listTopics()).includes(name))
})
