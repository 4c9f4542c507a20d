import assert from 'node:assert/strict'

const link = (t, what) => t.page.getByRole('link', { name: `Download ${what}` })

export const journeys = {
  async 'key, value and the whole message, byte for byte'(t) {
    await t.open('/messages?topic=orders&by=offset&partition=0&offset=0&open=0.4')
    const value = await t.download(link(t, 'Value'))
    assert.equal(value.name, 'orders-0-4-value.bin')
    assert.ok(value.bytes.equals(t.binary))
    const whole = await t.download(link(t, 'Whole message'))
    assert.equal(whole.name, 'orders-0-4-message.json')
    const read = JSON.parse(whole.bytes.toString())
    assert.deepEqual([read.topic, read.partition, read.offset, read.timestamp.ms, read.timestamp.type], ['orders', 0, 4, t.firstMs + 4 * 60_000, 'CreateTime'])
    assert.ok(Buffer.from(read.value.base64, 'base64').equals(t.binary))
    await t.press(t.page.getByRole('navigation', { name: 'Parts of the message' }).getByRole('link', { name: /^Key/ }))
    const key = await t.download(link(t, 'Key'))
    assert.equal(key.name, 'orders-0-4-key.bin')
    assert.ok(key.bytes.equals(t.binary.subarray(0, 20)))
    await t.open('/messages?topic=orders&open=0.3')
    const text = JSON.parse((await t.download(link(t, 'Whole message'))).bytes.toString())
    assert.equal(text.value, t.jsonValue)
    assert.deepEqual(text.headers, [{ name: 'source', value: 'shop' }, { name: 'trace', value: { base64: 'AAH/' } }])
  },

  async 'a key that is not there cannot be downloaded'(t) {
    await t.open('/messages?topic=hostile&open=0.2&part=key')
    assert.equal(await link(t, 'Key').count(), 0)
    assert.equal(await t.open('/messages/download?topic=hostile&partition=0&offset=2&part=key'), 404)
  },
}
