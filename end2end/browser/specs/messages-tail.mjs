import assert from 'node:assert/strict'

const values = async (t) => (await t.rows()).map((row) => row[4])

export const journeys = {
  async 'messages appear as they come, or when asked for'(t) {
    const topic = await t.topic('tail', 2)
    await t.produce(topic, [{ key: 'a', value: 'before' }])
    await t.open(`/messages?topic=${topic}`)
    await t.press('Live tail')
    await t.shows('before', 'main tbody')
    await t.produce(topic, [{ key: 'a', value: '<script>alert("tail")</script>' }, { key: 'b', value: 'second' }])
    if (t.script) {
      await t.page.locator('main tbody tr', { hasText: 'second' }).waitFor()
      assert.equal((await values(t)).length, 3, 'they join those that were there')
      await t.shows('2 messages came.')
      await t.page.getByRole('button', { name: 'Stop', exact: true }).click()
      await t.shows('Stopped.')
      await t.produce(topic, [{ key: 'a', value: 'third' }])
      await t.page.waitForTimeout(1500)
      assert.ok(!(await values(t)).includes('third'), 'nothing comes while it is stopped')
      await t.page.getByRole('button', { name: 'Go on', exact: true }).click()
      await t.page.locator('main tbody tr', { hasText: 'third' }).waitFor()
    } else {
      await t.press('Show what came since')
      assert.deepEqual((await values(t)).sort(), ['<script>alert("tail")</script>', 'second'])
      await t.shows('2 messages came.')
      await t.press('Show what came since')
      await t.shows('Nothing came.')
    }
    await t.deleteTopic(topic)
  },

  async 'more than can be read is counted, not shown'(t) {
    const topic = await t.topic('flood')
    await t.open(`/messages?topic=${topic}&by=tail`)
    if (t.script) await t.page.getByRole('button', { name: 'Stop', exact: true }).click()
    const link = t.page.getByRole('link', { name: 'Show what came since' })
    const address = await link.getAttribute('href')
    await t.produce(topic, Array.from({ length: 300 }, (_, i) => ({ value: `message ${i}` })))
    await t.open(address)
    assert.equal((await t.rows()).length, 20)
    assert.equal((await values(t))[0], 'message 299')
    await t.shows('the newest 20 are, 280 were passed over')
    await t.deleteTopic(topic)
  },
}
