import assert from 'node:assert/strict'

const ranges = async (t) => (await t.rows('.snug table')).map((row) => row.slice(0, 4))

export const journeys = {
  async 'an empty result says why, which offsets there are, and where the nearest messages are'(t) {
    await t.open('/messages?topic=empty')
    await t.shows('No messages Nothing was ever written here')
    assert.deepEqual(await ranges(t), [['0', '0', '0', '0'], ['1', '0', '0', '0']])

    await t.open('/messages?topic=orders&by=offset&partition=0&offset=70')
    await t.shows('That is past the end')
    await t.shows('The next message will have offset 70')
    assert.deepEqual(await ranges(t), [['0', '0', '70', '70']])

    await t.open('/messages?topic=orders&by=time&from=2099-01-01T00:00:00&zone=UTC')
    await t.shows('No message is from this time or later The newest message is from')
    assert.deepEqual(await ranges(t), [['0', '0', '70', '70']])
    await t.press('Show from the newest time')
    assert.ok((await t.rows()).length > 0, 'the newest message is there')
    await t.page.goBack()
    await t.press('Show the latest messages')
    assert.equal((await t.rows()).length, 30)

    await t.open('/messages?topic=orders&by=time&from=1999-01-01T00:00:00&to=1999-01-02T00:00:00&zone=UTC')
    await t.shows('No message is that old The oldest message is from')
    await t.press('Show from the oldest time')
    assert.equal((await t.rows())[0][1], '0')
  },

  async 'no topic and nothing asked say what to do'(t) {
    await t.open('/messages')
    await t.shows('Which topic?')
    await t.fill({ topic: 'orders' })
    await t.press('Query')
    assert.equal((await t.rows()).length, 30)
    await t.open('/messages?topic=orders&by=search')
    await t.shows('Where to begin?')
  },

  async 'a message that is not there leads to those that are'(t) {
    assert.equal(await t.open('/messages/one?topic=orders&partition=0&offset=70'), 404)
    await t.shows('No message 0:70 The partition holds offsets 0 to 69.')
    await t.press('Show the latest messages')
    assert.equal((await t.rows())[0][1], '69')
    assert.equal(await t.open('/messages/one?topic=orders&partition=0&offset=x'), 422)
    assert.equal(await t.open('/messages/one?topic=gone-topic&partition=0&offset=1'), 404)
  },
}
