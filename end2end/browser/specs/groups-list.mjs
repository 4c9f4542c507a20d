import assert from 'node:assert/strict'

const names = async (t) => (await t.rows()).map((row) => row[0])
const head = (t, name) => t.page.locator('main th').getByRole('link', { name, exact: true })

export const journeys = {
  async 'search, filter by state, what none matches'(t) {
    const topic = await t.topic('listed')
    const id = await t.group('list-group', topic, { 0: 0 })
    // What commits its offsets joins for a moment.
    await t.until(`/groups?q=${id}`, async () => (await t.rows()).some((row) => row[0] === id && row[1] === 'Empty'))
    const search = t.page.getByRole('search', { name: 'Groups' }).getByRole('searchbox')
    await search.fill(`*${id.slice(4)}`)
    await t.press('Filter')
    assert.deepEqual(await names(t), [id])
    await t.page.locator('select[name=state]').selectOption('Empty')
    await t.press('Filter')
    assert.match(t.here(), /state=Empty/)
    assert.deepEqual(await names(t), [id])
    await t.open('/groups?q=<b>none</b>')
    await t.shows('No group matches “<b>none</b>”')
    await t.press('Show all groups')
    await t.shows('As of')
  },

  async 'sort by each column, both ways'(t) {
    const topic = await t.topic('sorted', 2)
    await t.produce(topic, Array.from({ length: 9 }, () => ({ key: 'k', value: 'v' })))
    const [near, far] = [await t.group('sort-group', topic, { 0: 9, 1: 9 }), await t.group('sort-group', topic, { 0: 0 })]
    await t.until('/groups?q=sort-group', async () => (await names(t)).includes(far))
    for (const column of ['Name', 'State', 'Coordinator', 'Members', 'Topics', 'Lag', 'Description']) {
      await t.press(head(t, column))
      assert.equal(t.status(), 200)
      assert.equal(await t.text('th[aria-sort]'), column)
    }
    await t.open('/groups?q=sort-group&sort=-lag')
    const order = await names(t)
    assert.ok(order.indexOf(far) < order.indexOf(near), order.join())
  },

  async 'an id that would run opens its page'(t) {
    const hostile = '<script>alert("client")</script>'
    await t.open('/groups?q=alert')
    assert.deepEqual(await names(t), [hostile])
    await t.press(t.page.locator('main tbody th').getByRole('link'))
    assert.equal(t.status(), 200)
    assert.equal(await t.text('h1'), hostile)
  },
}
