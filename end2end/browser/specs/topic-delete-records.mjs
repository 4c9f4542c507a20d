import assert from 'node:assert/strict'

export const journeys = {
  async 'before an offset: previewed, confirmed, gone'(t) {
    const name = await t.topic('cut', 1)
    await t.produce(name, Array.from({ length: 10 }, (_, i) => ({ key: 'k', value: `${i}` })))
    await t.open(`/topics/${name}`)
    await t.page.locator('.head summary').click()
    await t.press('Delete records')
    assert.equal(t.here(), `/topics/${name}/delete-records`)
    await t.fill({ partition: '0', offset: '11' })
    await t.press('Show what goes')
    assert.equal(t.status(), 422)
    await t.refused('offset', '11 is above the limit of 10. Enter 0–10.', '11')
    await t.fill({ offset: '4' })
    await t.press('Show what goes')
    assert.deepEqual((await t.rows())[0], ['0', '0', '4', '4', '6'])
    await t.fill({ confirm: 'else' })
    await t.press('Delete 4 messages')
    assert.equal(t.status(), 422)
    await t.refused('confirm', '“else” is not the name. Nothing was deleted.', 'else')
    await t.fill({ confirm: name })
    await t.press('Delete 4 messages')
    assert.equal(t.here(), `/topics/${name}/partitions`)
    await t.shows(`4 messages of 1 partition of ${name} deleted.`, '.toast')
    assert.deepEqual((await t.rows())[0].slice(0, 4), ['0', '4', '10', '6'])
  },

  async 'before a time, of all partitions'(t) {
    const name = await t.topic('aged', 2)
    const old = Array.from({ length: 3 }, (_, i) => ({ partition: i % 2, value: 'old', timestamp: String(t.firstMs) }))
    await t.produce(name, old)
    await t.produce(name, [{ partition: 0, value: 'new', timestamp: String(t.firstMs + 600_000) }])
    const at = new Date(t.firstMs + 300_000).toISOString().slice(0, 16)
    await t.open(`/topics/${name}/delete-records?by=time&time=${at}&zone=UTC`)
    await t.shows('Delete 3 messages')
    await t.fill({ confirm: name })
    await t.press('Delete 3 messages')
    assert.deepEqual((await t.rows()).map((row) => row[3]), ['1', '0'])
  },

  async 'refused on internal topics and on those that are only compacted'(t) {
    const name = await t.topic('compacted')
    await t.open(`/topics/${name}/properties?only=cleanup.policy`)
    await t.fill({ 'cleanup-policy': 'compact' })
    await t.press('Save changes')
    await t.open(`/topics/${name}/delete-records`)
    await t.shows('It keeps the newest value of every key.')
    await t.press('Edit cleanup.policy')
    assert.equal(t.here(), `/topics/${name}/properties?only=cleanup.policy`)
    await t.open('/topics/__consumer_offsets/delete-records')
    await t.shows('It is internal.')
    assert.equal(await t.page.getByRole('button', { name: 'Show what goes' }).count(), 0)
  },
}
