import assert from 'node:assert/strict'

async function three(t) {
  const names = [await t.topic('many'), await t.topic('many', 2), await t.topic('many')]
  await t.open('/topics?q=many-')
  return names
}
const pick = (t, name) => t.page.getByLabel(`Select ${name}`, { exact: true }).check()

export const journeys = {
  async 'retention of several topics'(t) {
    const [a, b, c] = await three(t)
    assert.ok(!(await t.page.locator('.bulk').isVisible()), 'nothing is picked')
    await pick(t, a)
    await pick(t, c)
    await t.press('Change retention…')
    assert.match(t.here(), /^\/edit-topics\?topic=/)
    await t.shows('Retention of 2 topics')
    await t.fill({ retention: '721' })
    await t.press('Change retention of 2 topics')
    assert.equal(t.status(), 422)
    await t.refused('retention', '721 is above the limit of 720. Enter 1–720.', '721')
    await t.fill({ retention: '24' })
    await t.press('Change retention of 2 topics')
    assert.equal(t.here(), '/topics-result')
    assert.deepEqual((await t.rows()).map((row) => row[1]), ['Retention changed', 'Retention changed'])
    for (const [name, hours] of [[a, '24 h'], [b, '168 h|72 h'], [c, '24 h']]) {
      await t.open(`/topics/${name}`)
      assert.match(await t.text('.facts'), new RegExp(`(${hours})`), name)
    }
  },

  async 'several are deleted once their number is typed, and each has its result'(t) {
    const [a, b, c] = await three(t)
    await pick(t, a)
    await pick(t, b)
    await t.press('Delete…')
    await t.shows('Delete 2 topics?')
    const shown = (await t.rows()).map((row) => row[0])
    assert.deepEqual(shown, [...[a, b].sort(), '2 topics'])
    for (const typed of ['1', 'two', a]) {
      await t.fill({ confirm: typed })
      await t.press(t.page.locator('main button.danger'))
      assert.equal(t.status(), 422)
      await t.refused('confirm', `“${typed}” is not the count. Nothing was done. Type 2.`, typed)
    }
    await t.deleteTopic(a)
    await t.open(`/delete-topics?topic=${a}&topic=${b}`)
    await t.shows('1 picked topic does not exist any more')
    await t.fill({ confirm: '1' })
    await t.press(t.page.locator('main button.danger'))
    assert.equal(t.here(), '/topics-result')
    await t.shows('1 of 1 topics deleted.')
    assert.deepEqual(await t.rows(), [[b, 'Deleted']])
    await t.page.reload()
    assert.deepEqual(await t.rows(), [[b, 'Deleted']], 'a reload shows the result and does nothing')
    assert.equal(await t.open(`/topics/${c}`), 200)
  },

  async 'nothing picked says what to do'(t) {
    await t.open('/delete-topics')
    await t.shows('No topic is picked')
    await t.press('Back to the topics')
    assert.equal(t.here(), '/topics')
  },
}
