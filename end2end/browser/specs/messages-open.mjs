import assert from 'node:assert/strict'

const code = async (t) => (await t.page.locator('.message .code > :is(pre, .json)').first().innerText()).trimEnd()

export const journeys = {
  async 'text, hex and JSON of key, value and headers'(t) {
    await t.open('/messages?topic=orders&by=offset&partition=0&offset=0')
    await t.press('3')
    assert.match(t.here(), /open=0\.3/)
    assert.equal(await t.page.locator('a[aria-expanded=true]').innerText(), '3')
    // JSON by itself, set out, its numbers untouched.
    assert.deepEqual((await code(t)).split('\n').slice(0, 3), ['{', '  "order": 9007199254740993,', '  "name": "Müller",'])
    await t.press('Text')
    assert.equal(await code(t), t.jsonValue)
    await t.press('Hex')
    assert.ok((await code(t)).includes('7b 22 6f 72'), await code(t))
    await t.press('JSON')
    assert.ok((await code(t)).startsWith('{\n'))

    const tabs = t.page.getByRole('navigation', { name: 'Parts of the message' })
    await t.press(tabs.getByRole('link', { name: /^Key/ }))
    assert.equal(await code(t), 'order-3')
    await t.press('JSON')
    await t.shows('It cannot be shown as JSON. It is shown as Text. JSON it stops being JSON at line 1, column 1')
    await t.press(tabs.getByRole('link', { name: /^Headers/ }))
    const headers = await t.rows('.message table')
    assert.deepEqual(headers.map((row) => row[0]), ['source', 'trace'])
    assert.ok(headers[0][1].includes('shop') && headers[1][1].includes('00 01 ff'), headers.join(' | '))

    await t.open('/messages?topic=orders&by=offset&partition=0&offset=0&open=0.4')
    assert.ok((await code(t)).includes('00 01 02 03'), 'what is not UTF-8 is shown in hex')
    await t.shows('0:4', '.message .facts')
    assert.equal(await t.open('/messages?topic=orders&open=0.9999'), 200)
    await t.shows('The message was not opened.')
  },
}
