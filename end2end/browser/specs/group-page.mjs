import assert from 'node:assert/strict'

export const journeys = {
  async 'topics with their sums, then each partition'(t) {
    await t.open('/groups/readers')
    const rows = await t.rows()
    assert.deepEqual(rows.map((row) => row[0]), ['empty', 'orders'])
    assert.match(rows[1][3], /^40/)
    await t.press(t.page.locator('tbody').getByRole('link', { name: 'orders', exact: true }))
    assert.equal(t.here(), '/groups/readers?topic=orders')
    const [row] = await t.rows()
    assert.deepEqual([row[0], row[1], row[2], row[3], row[4], row[6]], ['0', 'no member', '0', '70', '30', '40'])
    assert.match(row[7], /ago$/)
    await t.press(t.page.locator('tbody').getByRole('link', { name: '30', exact: true }))
    assert.match(t.here(), /^\/messages\?topic=orders.*offset=30/)
  },

  async 'a partition without a commit counts whole, and is marked'(t) {
    const topic = await t.topic('half', 2)
    await t.produce(topic, Array.from({ length: 8 }, (_, n) => ({ partition: n % 2, value: 'v' })))
    const id = await t.group('half', topic, { 0: 1 })
    await t.open(`/groups/${id}`)
    const rows = await t.rows()
    assert.equal(rows[0][6], '3')
    assert.deepEqual([rows[1][4], rows[1][6], rows[1][7]], ['none yet', '4 end − start', 'never'])
    await t.commit(id, topic, { 0: 4 })
    await t.open(`/groups/${id}`)
    await t.page.getByLabel('Only with lag').check()
    await t.press('Filter')
    assert.deepEqual((await t.rows()).map((row) => row[0]), ['1'])
  },

  async 'members with their partitions'(t) {
    const topic = await t.topic('shared', 3)
    const id = t.name('team')
    await t.whileReading(id, topic, async () => {
      await t.open(`/groups/${id}`)
      await t.shows('<b>reader</b>_127.0.0.1')
      await t.press(t.page.locator('.tabs').getByRole('link', { name: /^Members/ }))
      const [row] = await t.rows()
      assert.equal(row[0], '<b>reader</b>')
      assert.equal(row[2], '127.0.0.1')
      assert.equal(row[5], `${topic}: 0–2`)
    }, '<b>reader</b>')
    await t.open(`/groups/${id}/members`)
    await t.shows('No members')
  },
}
