import assert from 'node:assert/strict'

const offsets = async (t) => (await t.rows()).map((row) => Number(row[1]))
const range = (from, to) => Array.from({ length: to - from }, (_, i) => from + i)
const off = async (t, name) => assert.ok(await t.page.getByRole('button', { name }).isDisabled(), `${name} leads nowhere`)

export const journeys = {
  async 'next and previous meet every message once'(t) {
    await t.open('/messages?topic=orders&by=offset&partition=0&offset=0')
    await off(t, 'Previous')
    assert.deepEqual(await offsets(t), range(0, 30))
    await t.press('Next')
    assert.deepEqual(await offsets(t), range(30, 60))
    await t.press('Next')
    assert.deepEqual(await offsets(t), range(60, 70))
    await off(t, 'Next')
    await t.press('Previous')
    assert.deepEqual(await offsets(t), range(30, 60))
    await t.press('Previous')
    assert.deepEqual(await offsets(t), range(0, 30))
  },

  async 'from the latest to the oldest'(t) {
    await t.open('/messages?topic=orders')
    await off(t, 'Newer')
    await t.press('Older')
    assert.deepEqual(await offsets(t), range(10, 40).reverse())
    await t.press('Older')
    assert.deepEqual(await offsets(t), range(0, 10).reverse())
    await off(t, 'Older')
    await t.press('Newer')
    assert.deepEqual(await offsets(t), range(10, 40).reverse())
  },
}
