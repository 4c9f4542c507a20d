import assert from 'node:assert/strict'

const offsets = async (t) => (await t.rows()).map((row) => Number(row[1]))
const range = (from, to) => Array.from({ length: to - from }, (_, i) => from + i)

export const journeys = {
  async 'by offset'(t) {
    await t.open('/topics/orders')
    await t.press('Query messages')
    await t.press('By offset')
    await t.fill({ partition: '0', offset: '35' })
    await t.press('Query')
    assert.deepEqual(await offsets(t), range(35, 65))
    const [row] = await t.rows()
    assert.ok(row[0] === '0' && row[3] === 'order-35' && row[4] === 'message 35' && row[5] === '0', row.join(' | '))
    await t.open(t.here())
    assert.deepEqual(await offsets(t), range(35, 65), 'the address says it all')
  },

  async 'by time, in the zone that is chosen'(t) {
    await t.open('/messages?topic=orders&by=time')
    // Message 10 and what follows it: ten minutes after the first.
    const at = new Date(t.firstMs + 10 * 60_000 - 1000).toISOString().slice(0, 19)
    await t.page.getByLabel('From').fill(at)
    await t.page.getByLabel('Time zone').selectOption('UTC')
    await t.press('Query')
    assert.deepEqual(await offsets(t), range(10, 40))
    assert.equal(await t.page.getByLabel('Time zone').inputValue(), 'UTC')
    assert.equal(await t.page.getByLabel('From').inputValue(), at)
    const time = await t.page.locator('main tbody time').first().getAttribute('datetime')
    assert.equal(Date.parse(time), t.firstMs + 10 * 60_000)
  },

  async 'the latest, newest first'(t) {
    await t.open('/messages?topic=orders')
    assert.deepEqual(await offsets(t), range(40, 70).reverse())
  },

  async 'what cannot be used is refused at its field'(t) {
    const refusals = [
      [{ partition: '0', offset: '-1' }, 'offset', '−1 is below the least, 0.'],
      [{ partition: '0', offset: 'x' }, 'offset', '“x” is not a whole number.'],
      [{ partition: '7', offset: '0' }, 'partition', 'There is no such partition. The topic has 1: enter 0–0.'],
      [{ partition: '0', offset: '99999999999999999999' }, 'offset', ''],
    ]
    for (const [fields, id, text] of refusals) {
      await t.open('/messages?topic=orders&by=offset')
      await t.fill(fields)
      await t.press('Query')
      assert.equal(t.status(), 422, JSON.stringify(fields))
      assert.equal(await t.page.locator(`#${id}`).getAttribute('aria-invalid'), 'true')
      assert.equal(await t.page.locator(`#${id}`).getAttribute('aria-describedby'), `${id}-error`)
      await t.shows(text, `#${id}-error`)
      assert.equal(await t.page.locator(`#${id}`).inputValue(), fields[id])
    }
    assert.equal(await t.open('/messages?topic=orders&by=time&from=yesterday'), 422)
    await t.shows('“yesterday” is not a date and time.')
  },
}
