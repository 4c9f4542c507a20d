import assert from 'node:assert/strict'

const offsets = async (t) => (await t.rows()).map((row) => Number(row[1]))
const down = (from, count) => Array.from({ length: count }, (_, i) => from - i)

export const journeys = {
  async 'the newest so many, page by page, and no more than asked for'(t) {
    await t.open('/messages?topic=orders')
    await t.fill({ count: '45' })
    await t.press('Query')
    assert.deepEqual(await offsets(t), down(69, 30))
    await t.shows('30 of the newest 45 so far')
    await t.press('Older')
    assert.deepEqual(await offsets(t), down(39, 15))
    await t.shows('45 of the newest 45 so far')
    assert.ok(await t.page.getByRole('button', { name: 'Older' }).isDisabled())
    await t.press('Newer')
    assert.deepEqual(await offsets(t), down(69, 30))
  },

  async 'what cannot be used is refused at its field'(t) {
    for (const [count, text] of [['0', '0 is below the least, 1.'], ['1001', '1,001 is above the limit of 1,000.'], ['many', '“many” is not a whole number.']]) {
      await t.open('/messages?topic=orders')
      await t.fill({ count })
      await t.press('Query')
      assert.equal(t.status(), 422, count)
      await t.shows(text, '#count-error')
      assert.equal(await t.page.locator('#count').inputValue(), count)
    }
  },
}
