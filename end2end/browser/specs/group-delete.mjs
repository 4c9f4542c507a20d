import assert from 'node:assert/strict'

const deleteButton = (t) => t.page.getByRole('button', { name: 'Delete group', exact: true })

export const journeys = {
  async 'asks in numbers, can be left, then deletes'(t) {
    const topic = await t.topic('gone-with', 3)
    const id = await t.group('goes', topic, { 0: 0, 2: 0 })
    await t.open(`/groups/${id}`)
    await t.page.locator('.head details.menu summary').click()
    await t.press(t.page.locator('.head').getByRole('link', { name: 'Delete group' }))
    await t.shows(`Delete ${id}?`)
    await t.shows('Committed offsets 2', 'main')
    await t.press('Keep it')
    assert.equal(t.here(), `/groups/${id}`)
    await t.open(`/groups/${id}/delete`)
    await t.press(deleteButton(t))
    assert.equal(t.here(), '/groups')
    await t.shows(`Group ${id} deleted.`, '.toast')
    assert.equal(await t.open(`/groups/${id}`), 404)
  },

  async 'one with members says who they are'(t) {
    const topic = await t.topic('in-use')
    const id = t.name('active')
    await t.whileReading(id, topic, async () => {
      await t.open(`/groups/${id}/delete`)
      await t.shows('It cannot be deleted while members are active.')
      await t.shows('reader_127.0.0.1')
      assert.equal(await deleteButton(t).count(), 0)
    })
  },

  async 'several at once, each with its result'(t) {
    const topic = await t.topic('bulk')
    const prefix = t.name('bulk-group')
    for (const n of [1, 2, 3]) await t.commit(`${prefix}-${n}`, topic, { 0: 0 })
    await t.until(`/groups?q=${prefix}`, async () => (await t.rows()).filter((row) => row[1] === 'Empty').length === 3)
    for (const n of [1, 3]) await t.page.getByLabel(`Pick ${prefix}-${n}`).check()
    await t.press('Delete groups…')
    await t.shows('Delete 2 groups?')
    await t.press('Delete 2 groups')
    await t.shows('2 groups deleted:', '.toast')
    await t.until(`/groups?q=${prefix}`, async () => (await t.rows()).length === 1)
    assert.equal((await t.rows())[0][0], `${prefix}-2`)
  },

  async 'the offsets of one topic'(t) {
    const topic = await t.topic('forgotten', 2)
    const id = await t.group('forgets', topic, { 0: 0, 1: 0 })
    await t.open(`/groups/${id}/delete-offsets?topic=${topic}`)
    await t.press('Delete 2 offsets')
    await t.shows(`2 committed offsets of ${topic} deleted.`, '.toast')
    assert.deepEqual(await t.committed(id, topic), { 0: -1, 1: -1 })
  },
}
