import assert from 'node:assert/strict'

const names = async (t) => (await t.rows()).map((row) => row[0])
const head = (t, name) => t.page.locator('main th').getByRole('link', { name })

export const journeys = {
  async 'search, also with a star'(t) {
    await t.open('/topics')
    const search = t.page.getByRole('search', { name: 'Topics' }).getByRole('searchbox')
    await search.fill('ist-1')
    await t.press('Filter')
    assert.match(t.here(), /[?&]q=ist-1/)
    assert.deepEqual(await names(t), Array.from({ length: 10 }, (_, i) => `list-1${i}`))
    await t.shows('1–10 of 10')
    await search.fill('*-07')
    await search.press('Enter')
    await t.page.waitForURL(/q=\*-07|q=%2A-07/)
    assert.deepEqual(await names(t), ['list-07'])
    await search.fill('<b>none</b>')
    await t.press('Filter')
    await t.shows('No topic matches “<b>none</b>”')
    await t.press('Show all topics')
    assert.ok((await names(t)).includes('big'))
  },

  async 'the search of the top bar'(t) {
    await t.open('/instance')
    const find = t.page.locator('[data-find] input')
    await find.fill('list-29')
    await find.press('Enter')
    await t.page.waitForURL(/\/find\?q=list-29$/)
    await t.press('list-29')
    assert.equal(t.here(), '/topics/list-29')
  },

  async 'sort by each column, both ways'(t) {
    await t.open('/topics?q=list-&rows=25')
    assert.deepEqual((await names(t)).slice(0, 2), ['list-00', 'list-01'])
    await t.press(head(t, 'Name'))
    assert.deepEqual((await names(t)).slice(0, 2), ['list-29', 'list-28'])
    assert.equal(await t.page.locator('th[aria-sort]').getAttribute('aria-sort'), 'descending')
    await t.press(head(t, 'Partitions'))
    const partitions = (await t.rows()).map((row) => Number(row[1]))
    assert.deepEqual(partitions, [...partitions].sort((a, b) => b - a))
    await t.press(head(t, 'Partitions'))
    assert.equal((await t.rows())[0][1], '1')
    for (const column of ['Retention', 'Cleanup', 'Messages', 'Size']) {
      await t.press(head(t, column))
      assert.equal(t.status(), 200)
      assert.equal(await t.text('th[aria-sort]'), column)
    }
    await t.open('/topics?sort=-size')
    assert.equal((await names(t))[0], 'big')
  },

  async 'pages, rows a page, a page that is not there'(t) {
    await t.open('/topics?q=list-&rows=25')
    await t.shows('1–25 of 30')
    assert.equal((await names(t)).length, 25)
    await t.press('Next page')
    await t.shows('26–30 of 30')
    assert.equal((await names(t))[0], 'list-25')
    await t.press('Previous page')
    assert.equal((await names(t))[0], 'list-00')
    await t.page.getByLabel('Rows').selectOption('50')
    if (t.script) await t.page.waitForURL((url) => !url.search.includes('rows=25'))
    else await t.press('Show')
    await t.shows('1–30 of 30')
    assert.equal(await t.open('/topics?q=list-&rows=25&page=999'), 200)
    assert.equal(t.here(), '/topics?q=list-&rows=25&page=2')
    for (const nonsense of ['page=0', 'page=-1', 'page=x', 'page=99999999999999999999', 'rows=7', 'sort=nothing', 'sort=']) {
      assert.equal(await t.open(`/topics?${nonsense}`), 200, nonsense)
    }
  },

  async 'internal topics behind their switch'(t) {
    await t.open('/topics?q=__')
    await t.shows('No topic matches “__”')
    await t.open('/topics')
    assert.ok(!(await names(t)).some((name) => name.startsWith('__')))
    await t.page.getByLabel('Internal topics').check()
    await t.press('Filter')
    assert.match(t.here(), /internal=1/)
    assert.ok(await t.page.getByLabel('Internal topics').isChecked())
    const shown = (await t.rows()).find((row) => row[0].startsWith('__consumer_offsets'))
    assert.ok(shown && shown[0].includes('internal'), 'no internal topic is listed')
    await t.open('/topics/__consumer_offsets')
    assert.equal(await t.page.getByRole('link', { name: 'Edit', exact: true }).count(), 0)
  },
}
