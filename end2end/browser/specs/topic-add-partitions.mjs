import assert from 'node:assert/strict'

export const journeys = {
  async 'only up, and no further than the limit'(t) {
    const name = await t.topic('grows', 3)
    await t.open(`/topics/${name}`)
    await t.press('Add partitions')
    for (const [value, text] of [['3', '3 is below the least, 4. Enter 4–360.'], ['1', '1 is below the least, 4.'], ['361', '361 is above the limit of 360.'], ['more', '“more” is not a whole number.']]) {
      await t.fill({ partitions: value })
      await t.press('Add partitions')
      assert.equal(t.status(), 422)
      await t.shows('No partitions were added.')
      await t.refused('partitions', text, value)
    }
    await t.fill({ partitions: '5' })
    await t.press('Add partitions')
    assert.equal(t.here(), `/topics/${name}/partitions`)
    await t.shows(`Topic ${name} has 5 partitions now.`, '.toast')
    assert.deepEqual((await t.rows()).map((row) => row[0]), ['0', '1', '2', '3', '4'])
  },
}
