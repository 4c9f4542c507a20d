import assert from 'node:assert/strict'

export const journeys = {
  async 'who reads it, and how far in each partition'(t) {
    const unread = await t.topic('unread', 1)
    await t.open(`/topics/${unread}/subscriptions`)
    await t.shows('No group reads it')
    await t.deleteTopic(unread)
    await t.open('/topics/orders')
    await t.press('Subscriptions')
    assert.equal(t.here(), '/topics/orders/subscriptions')
    const [first] = await t.rows()
    assert.equal(first[0], '<script>alert("client")</script>')
    assert.deepEqual(first.slice(1), ['offline', '0', '1 / 1', '65'])
    await t.page.locator('main tbody th a').first().click()
    await t.page.waitForLoadState('load')
    await t.shows('Consumption of <script>')
    const rows = await t.rows('main section:last-of-type table')
    assert.deepEqual(rows[0].slice(0, 5), ['0', 'nobody', '70', '5', '65'])
    assert.equal(await t.page.locator('main section:last-of-type time').count(), 1, 'last consumed has a time')
  },
}
