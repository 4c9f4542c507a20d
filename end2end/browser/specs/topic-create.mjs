import assert from 'node:assert/strict'

const REFUSALS = {
  name: [
    ['ab', '2 characters are too few. Enter 3–64.'],
    ['orders!', '“!” cannot stand in a name.'],
    ['a b c', '“ ” cannot stand in a name.'],
    ['----', 'Add a letter or a digit.'],
    ['订单订单', 'cannot stand in a name.'],
    ['orders', 'A topic of this name exists. Choose another name.'],
  ],
  partitions: [['0', '0 is below the least, 1. Enter 1–360.'], ['361', '361 is above the limit of 360. Enter 1–360.'], ['six', '“six” is not a whole number.'], [' ', 'Nothing was entered.']],
  retention: [['0', '0 is below the least, 1. Enter 1–720.'], ['721', '721 is above the limit of 720. Enter 1–720.'], ['7e2', '“7e2” is not a whole number.']],
}

export const journeys = {
  async 'each refusal at its field, values kept'(t) {
    await t.open('/create-topic')
    for (const [id, cases] of Object.entries(REFUSALS)) {
      for (const [value, text] of cases) {
        await t.fill({ name: t.name('refused'), description: 'kept <b>', partitions: '2', retention: '5', cleanup: 'compact', [id]: value })
        await t.press('Create topic')
        assert.equal(t.status(), 422, value)
        await t.shows('The topic was not created.')
        await t.refused(id, text, value)
        assert.equal(await t.page.locator('#description').inputValue(), 'kept <b>')
        assert.equal(await t.page.locator('#cleanup').inputValue(), 'compact')
      }
    }
    await t.fill({ name: 'a', partitions: '0', retention: '0' })
    await t.press('Create topic')
    for (const id of Object.keys(REFUSALS)) await t.refused(id, '')
    await t.page.locator('.alert a[href="#partitions"]').click()
    assert.equal(await t.page.evaluate(() => document.activeElement?.id || document.querySelector(':target')?.id), 'partitions')
  },

  async 'a topic is created, and is there'(t) {
    const name = t.name('created')
    await t.open('/topics')
    await t.press('Create topic')
    await t.fill({ name, description: 'Orders & <b>more</b>', partitions: '6', retention: '48', cleanup: 'compact,delete' })
    await t.press('Create topic')
    assert.equal(t.here(), `/topics/${name}`)
    await t.shows(`Topic ${name} created.`, '.toast')
    const facts = await t.text('.facts')
    for (const fact of ['6 × 1', '48 h', 'compact, delete', 'Orders & <b>more</b>']) assert.ok(facts.includes(fact), `${fact} in ${facts}`)
    await t.open(`/topics?q=${name}`)
    assert.equal((await t.rows())[0][1], '6')
  },

  async 'a name like an internal one is asked about'(t) {
    const name = t.name('_mine')
    await t.open('/create-topic')
    await t.fill({ name })
    await t.press('Create topic')
    await t.shows(`${name} begins like an internal topic.`)
    assert.equal(await t.page.locator('#name').inputValue(), name)
    await t.press('Create topic all the same')
    assert.equal(t.here(), `/topics/${name}`)
  },
}
