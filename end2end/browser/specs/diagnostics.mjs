import assert from 'node:assert/strict'

/** A topic whose first messages were deleted before its group read them. */
async function lost(t, deleted) {
  const topic = await t.topic('lost')
  await t.produce(topic, Array.from({ length: 9 }, () => ({ value: 'v' })))
  const group = await t.group('behind', topic, { 0: 0 })
  await t.suite.kafka.admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(deleted) }] })
  return [topic, group]
}

export const journeys = {
  async 'offsets of deleted messages are found, explained and mended'(t) {
    const [topic, group] = await lost(t, 4)
    const address = `/diagnostics?q=${topic}`
    await t.until(address, async () => (await t.page.locator('#expired-offsets').count()) === 1)
    await t.shows('What to do.', '#expired-offsets')
    const [row] = await t.rows('#expired-offsets table')
    assert.deepEqual(row.slice(0, 5), [`${group} ${topic}`, '0', '0 in partition 0', '4–9', '4'])
    await t.press(t.page.locator('#expired-offsets tbody').getByRole('link', { name: group }))
    assert.equal(t.here(), `/groups/${group}`)
    await t.commit(group, topic, { 0: 9 })
    await t.until(address, async () => (await t.page.locator('#expired-offsets').count()) === 0)
  },

  async 'findings are filtered by level, and all that was looked for is listed'(t) {
    const [topic, group] = await lost(t, 1)
    await t.until('/diagnostics', async () => (await t.text('main')).includes(topic))
    await t.shows('Members denied a topic they were assigned', 'main')
    await t.shows('nothing found', 'main')
    await t.press(t.page.locator('.segments').getByRole('link', { name: 'Notice' }))
    assert.equal(t.here(), '/diagnostics?level=notice')
    await t.shows(topic)
    await t.page.locator('main input[name=q]').fill('nothing-like-it')
    await t.press('Filter')
    await t.shows('No finding matches')
    await t.press('Show all findings')
    assert.equal(t.here(), '/diagnostics')
    await t.open('/')
    await t.press(t.page.locator('.stats').getByRole('link', { name: /diagnostics|critical/ }))
    assert.equal(t.here(), '/diagnostics')
    await t.commit(group, topic, { 0: 9 })
  },
}
