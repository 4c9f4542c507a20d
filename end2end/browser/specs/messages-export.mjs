import assert from 'node:assert/strict'

const get = async (t, format) => {
  await t.page.locator('.head summary', { hasText: 'Download' }).click()
  return t.download(t.page.getByRole('link', { name: format, exact: true }))
}
const lines = (file) => file.bytes.toString().trimEnd().split('\n')

export const journeys = {
  async 'the result as JSON lines'(t) {
    await t.open('/messages?topic=orders')
    const file = await get(t, 'JSON lines')
    assert.equal(file.name, 'orders.jsonl')
    const all = lines(file).map((line) => JSON.parse(line))
    assert.deepEqual(all.map((message) => message.offset), Array.from({ length: 70 }, (_, i) => i), 'all of them, not the page')
    assert.equal(all[3].value, t.jsonValue)
    assert.ok(Buffer.from(all[4].value, 'base64').equals(t.binary) && all[4].valueEncoding === 'base64')

    await t.open('/messages?topic=orders&by=offset&partition=0&offset=66')
    assert.deepEqual(lines(await get(t, 'JSON lines')).map((line) => JSON.parse(line).offset), [66, 67, 68, 69])
    await t.open('/messages?topic=orders&by=search&value=message%206')
    assert.equal(lines(await get(t, 'JSON lines')).length, 11, 'what matches')
    const from = new Date(t.firstMs).toISOString().slice(0, 19)
    const to = new Date(t.firstMs + 120_000).toISOString().slice(0, 19)
    await t.open(`/messages?topic=orders&by=time&from=${from}&to=${to}&zone=UTC`)
    assert.equal((await t.rows()).length, 2)
    const timed = await get(t, 'JSON lines')
    assert.equal(lines(timed).length, 2)
    assert.match(timed.name, /^orders-time-[\w-]+\.jsonl$/)
  },

  async 'the result as CSV, in which no cell runs'(t) {
    const topic = await t.topic('csv')
    await t.produce(topic, [{ key: '=1+1', value: '@SUM(A1)\n"quoted", and more' }, { key: null, value: null }])
    await t.open(`/messages?topic=${topic}`)
    const file = await get(t, 'CSV')
    assert.equal(file.name, `${topic}.csv`)
    const text = file.bytes.toString()
    assert.ok(text.includes(`"'=1+1"`) || text.includes(`'=1+1`), text)
    assert.ok(!/(^|,)"?[=@]/m.test(text), text)
    assert.ok(text.includes('""quoted"", and more'), text)
    await t.deleteTopic(topic)
  },
}
