import assert from 'node:assert/strict'

export const journeys = {
  async 'an empty result says why, and which offsets there are'(t) {
    await t.open('/messages?topic=empty')
    await t.shows('No messages Nothing was written here')
    assert.deepEqual(await t.rows('.snug table'), [['0', '0', '0', '0'], ['1', '0', '0', '0']])

    await t.open('/messages?topic=orders&by=offset&partition=0&offset=70')
    await t.shows('Offset 70 is past the end')
    await t.shows('The partition ends at 70')
    assert.deepEqual(await t.rows('.snug table'), [['0', '0', '70', '70']])

    await t.open('/messages?topic=orders&by=time&from=2099-01-01T00:00:00&zone=UTC')
    await t.shows('No message is from this time or later')
    assert.deepEqual(await t.rows('.snug table'), [['0', '0', '70', '70']])
    await t.press('Show the latest messages')
    assert.equal((await t.rows()).length, 30)

    await t.open('/messages')
    await t.shows('Which topic?')
    await t.fill({ topic: 'orders' })
    await t.press('Query')
    assert.equal((await t.rows()).length, 30)
  },
}
