import assert from 'node:assert/strict'

export const journeys = {
  async 'counts, largest topics, the instance'(t) {
    assert.equal(await t.open('/'), 200)
    assert.equal(await t.page.title(), 'Overview · Millrace')
    const stats = await t.text('.stats')
    assert.match(stats, /Instances 1 1 running/)
    const topics = Number(/Topics (\d+)/.exec(stats)[1])
    assert.ok(topics >= 34, stats)
    const largest = await t.rows()
    assert.equal(largest[0][0], 'big')
    assert.ok(largest.some((row) => row[0] === 'orders' && row[2] === '70'), JSON.stringify(largest))
    await t.shows(t.server.bootstrap)
    await t.press('big')
    assert.equal(t.here(), '/topics/big')
    await t.page.goBack()
    await t.press('Refresh')
    assert.equal(t.here(), '/')
    await t.press('All topics')
    assert.equal(t.here(), '/topics')
  },
}
