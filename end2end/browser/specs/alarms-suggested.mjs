import assert from 'node:assert/strict'

// The second mode finds what the first has added.
export const options = { alone: true }

export const journeys = {
  async 'the suggested set is added in one click and offered no more'(t) {
    await t.open('/alarms/suggested')
    const before = await t.page.locator('tbody input[type=checkbox]:enabled').count()
    await t.fill({ 'bound-partitions': '40000' })
    await t.press('Add chosen rules')
    if (before > 0) {
      await t.shows('Partitions near the bound')
      await t.shows('Partitions > 36,000, once')
      await t.open('/alarms/suggested')
    }
    assert.equal(await t.page.locator('tbody input[type=checkbox]:enabled').count(), 0)
    await t.press('Add chosen rules')
    await t.shows('No rule is chosen. Choose at least one.')
  },
}
