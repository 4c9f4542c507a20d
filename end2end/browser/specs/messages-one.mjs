import assert from 'node:assert/strict'

const shown = async (t) => (await t.page.locator('.message .code > :is(pre, .json)').first().innerText()).trimEnd()
const facts = async (t) => t.text('.message .facts')

export const journeys = {
  async 'one message at its own address'(t) {
    await t.open('/messages?topic=orders&by=offset&partition=0&offset=3')
    await t.press('3')
    await t.press('Open on its own page')
    assert.equal(t.here(), '/messages/one?topic=orders&partition=0&offset=3')
    assert.equal(await t.text('h1'), 'Message 0:3')
    for (const fact of ['0:3', 'Created by the producer', 'Compression none, batch of', 'Offsets of the batch', 'Transaction No']) assert.ok((await facts(t)).includes(fact), `${fact} in ${await facts(t)}`)
    assert.ok((await shown(t)).startsWith('{\n  "order": 9007199254740993,'), await shown(t))
    await t.press('Next message')
    assert.equal(t.here(), '/messages/one?topic=orders&partition=0&offset=4')
    await t.press('Previous message')
    await t.press('Previous message')
    assert.equal(await shown(t), 'message 2')
    await t.press('Messages from here')
    assert.equal((await t.rows())[0][1], '2')
    await t.open('/messages/one?topic=orders&partition=0&offset=0')
    assert.ok(await t.page.getByRole('button', { name: 'Previous message' }).isDisabled())
    await t.open('/messages/one?topic=orders&partition=0&offset=69')
    assert.ok(await t.page.getByRole('button', { name: 'Next message' }).isDisabled())
  },

  async 'its bytes in every look, and why one does not fit'(t) {
    await t.open('/messages/one?topic=orders&partition=0&offset=3')
    await t.press('Raw')
    assert.equal(await shown(t), t.jsonValue)
    await t.press('Base64')
    assert.equal(Buffer.from(await shown(t), 'base64').toString(), t.jsonValue)
    await t.press('Integer')
    await t.shows('It cannot be shown as Integer. It is shown as JSON.')
    await t.open('/messages/one?topic=orders&partition=0&offset=4')
    assert.match(await shown(t), /^00000000 {2}00 01 02 03/)
    await t.page.getByText('Why Hex?').click()
    await t.shows('JSON byte 0x80 at place 128 is not UTF-8')
    const topic = await t.topic('looks')
    const number = Buffer.alloc(8)
    number.writeBigInt64BE(9007199254740993n)
    await t.produce(topic, [{ key: number, value: 'tab\there \u202egnp.\0' }, { key: '', value: null }])
    await t.open(`/messages?topic=${topic}&by=offset&partition=0&offset=0`)
    const rows = await t.rows()
    assert.equal(rows[0][3], 'int64 9,007,199,254,740,993')
    assert.ok(rows[1][3] === 'empty' && rows[1][4] === 'null', rows[1].join(' | '))
    await t.open(`/messages/one?topic=${topic}&partition=0&offset=0`)
    assert.equal(await shown(t), 'tab\there U+202Egnp.\\x00')
    await t.press('Raw')
    assert.equal(await shown(t), 'tab\\there \\u{202e}gnp.\\x00')
    await t.open(`/messages/one?topic=${topic}&partition=0&offset=0&part=key`)
    assert.deepEqual((await t.rows('.message table'))[0], ['int64 big-endian', '9007199254740993'])
    await t.open(`/messages/one?topic=${topic}&partition=0&offset=1`)
    await t.shows('null: there is none')
    await t.open(`/messages/one?topic=${topic}&partition=0&offset=1&part=key`)
    await t.shows('empty: it has no bytes')
    await t.deleteTopic(topic)
  },

  async 'lists and objects of JSON fold away'(t) {
    await t.open('/messages/one?topic=orders&partition=0&offset=3')
    const items = t.page.locator('.json summary', { hasText: '"items"' })
    assert.ok((await shown(t)).includes('1.50'))
    await items.click()
    assert.ok(!(await shown(t)).includes('1.50'), 'folded')
    await items.click()
    assert.ok((await shown(t)).includes('1.50'))
  },

  async 'records of the internal topics are decoded'(t) {
    // Other journeys commit offsets too: the record is looked for by the group in its key.
    await t.open(`/messages?topic=__consumer_offsets&by=search&key_how=has&key=${encodeURIComponent('<script>alert("client")')}`)
    const [row] = (await t.rows()).filter((cells) => cells[4].includes('offset_commit'))
    assert.ok(row, (await t.rows()).join('\n'))
    assert.ok(row[4].includes('<script>alert(\\"client\\")</script>'), row[4])
    await t.open(`/messages/one?topic=__consumer_offsets&partition=${row[0]}&offset=${row[1].replaceAll(',', '')}`)
    await t.shows('What it says')
    const decoded = await shown(t)
    assert.ok(decoded.includes('"topic": "orders"') && decoded.includes('"offset": 5'), decoded)
  },

  async 'a large message shows more when told, never all'(t) {
    await t.open('/messages/one?topic=big&partition=0&offset=0')
    await t.shows('The first 4 KB of 10.0 MiB')
    await t.press('Show 64 KB')
    await t.shows('The first 64 KB of 10.0 MiB')
    assert.equal((await shown(t)).length, 64 * 1024)
    assert.ok((await t.page.content()).length < 1_000_000)
  },

  async 'the original is copied, not what is shown of it'(t) {
    await t.open('/messages/one?topic=orders&partition=0&offset=3')
    const copy = t.page.getByRole('button', { name: 'Copy original' })
    if (!t.script) return assert.equal(await copy.count(), 0)
    await t.context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await copy.click()
    await t.page.locator('[data-copy-from][data-done]').waitFor()
    assert.equal(await t.page.evaluate(() => navigator.clipboard.readText()), t.jsonValue)
  },
}
