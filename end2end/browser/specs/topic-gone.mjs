import assert from 'node:assert/strict'

export const journeys = {
  async 'every page of it says so'(t) {
    for (const address of ['/topics/gone-topic', '/topics/gone-topic/partitions', '/topics/gone-topic/edit', '/topics/gone-topic/add-partitions', '/topics/gone-topic/delete', '/messages?topic=gone-topic', '/messages/download?topic=gone-topic&partition=0&offset=0&part=value']) {
      assert.equal(await t.open(address), 404, address)
      await t.shows('gone-topic does not exist')
      assert.equal(await t.page.locator('h1').count(), 1)
    }
    assert.equal(await t.open('/topics/%3Cscript%3Ealert(1)%3C%2Fscript%3E'), 404)
    assert.equal(await t.open('/no/such/page'), 404)
    await t.shows('There is no such page')
    await t.press('Go to the overview')
    assert.equal(t.here(), '/')
  },

  async 'a form sent after somebody else deleted it'(t) {
    const name = await t.topic('vanishes')
    await t.open(`/topics/${name}/edit`)
    await t.deleteTopic(name)
    await t.press('Save changes')
    assert.equal(t.status(), 404)
    await t.shows(`Topic ${name} does not exist`)
  },
}
