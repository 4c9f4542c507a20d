import assert from 'node:assert/strict'

export const journeys = {
  async 'a topic that a client deleted leaves its tags, until they are forgotten'(t) {
    const [gone, kept, key] = [await t.topic('left'), await t.topic('kept'), t.name('team')]
    await t.open(`/tags/bind?to=topic:${gone}&to=topic:${kept}`)
    await t.fill({ 'key-1': key })
    await t.press('Bind tags')
    await t.page.waitForURL((url) => url.pathname.startsWith(`/tags/${key}`))
    await t.deleteTopic(gone)
    const row = t.page.getByRole('row').filter({ hasText: `Topic ${gone}` })
    for (let i = 0; i < 60; i++) {
      await t.open('/tags/leftovers')
      if (await row.count()) break
      await t.page.waitForTimeout(250)
    }
    await t.open('/tags')
    await t.press('Look at what is left')
    assert.equal(t.here(), '/tags/leftovers')
    assert.ok((await row.innerText()).includes(key))
    assert.equal(await t.page.getByText(`Topic ${kept}`).count(), 0, 'it is there')
    // Those of others stay as they are.
    for (const box of await t.page.locator('input[name="gone"]').all()) await box.uncheck()
    await row.getByRole('checkbox').check()
    await t.press('Forget what is picked')
    await t.shows(`Forgotten: Topic ${gone}.`, '.toast')
    assert.equal(await row.count(), 0)
    await t.open(`/tags?key=${key}`)
    assert.deepEqual((await t.rows()).map((cells) => cells.at(-1)), ['1'])
  },
}
