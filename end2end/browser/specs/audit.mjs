import assert from 'node:assert/strict'

export const journeys = {
  async 'an action is found by filters and opened'(t) {
    const name = await t.topic('audited')
    await t.open(`/topics/${name}/delete`)
    await t.fill({ confirm: name })
    await t.press(t.page.locator('main form button').first())
    assert.equal(t.here(), '/topics')
    await t.open('/audit')
    await t.page.getByRole('searchbox', { name: 'Name, detail or agent' }).fill(name)
    await t.page.locator('select[name=result]').selectOption('succeeded')
    await t.page.locator('select[name=event]').selectOption('deleteTopic')
    await t.press('Filter')
    const query = new URL(t.page.url()).searchParams
    assert.deepEqual([query.get('q'), query.get('event'), query.get('result')], [name, 'deleteTopic', 'succeeded'], 'the state is in the address')
    const rows = await t.rows()
    assert.equal(rows.length, 1, rows.join('\n'))
    assert.ok(rows[0][2].includes(name) && rows[0][3] === 'admin', rows[0].join())
    await t.press('deleteTopic')
    await t.shows('topic:delete')
    await t.shows('127.0.0.1')
    await t.page.goBack()
    assert.equal(new URL(t.page.url()).searchParams.get('q'), name)
  },

  async 'a filter that finds nothing says so and leads back'(t) {
    await t.open('/audit?q=nothing-like-it')
    await t.shows('No record matches the filter')
    await t.press('Show all records')
    assert.equal(t.here(), '/audit')
  },

  async 'the days kept are checked'(t) {
    await t.open('/audit')
    await t.fill({ days: '6' })
    await t.press('Save')
    assert.equal(t.status(), 422)
    await t.refused('days', 'Enter 7–365.', '6')
    await t.fill({ days: '30' })
    await t.press('Save')
    await t.shows('Records are kept for 30 days.', '.toast')
  },
}
