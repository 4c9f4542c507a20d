import assert from 'node:assert/strict'

const partitions = async (t) => [...new Set((await t.rows()).map((row) => Number(row[0])))].sort()
const field = (t) => t.page.locator('#partition')

/** Five messages in each of five partitions. */
async function sown(t) {
  const topic = await t.topic('parts', 5)
  await t.produce(topic, Array.from({ length: 25 }, (_, n) => ({ partition: n % 5, key: `k${n}`, value: `part ${n % 5}` })))
  return topic
}

export const journeys = {
  async 'several partitions by number and range, however messages are found'(t) {
    const topic = await sown(t)
    await t.open(`/messages?topic=${topic}`)
    assert.deepEqual(await partitions(t), [0, 1, 2, 3, 4])
    await field(t).fill('0, 3-4')
    await t.press('Query')
    assert.deepEqual(await partitions(t), [0, 3, 4])
    assert.equal((await t.rows()).length, 15)
    await t.open(t.here())
    assert.equal(await field(t).inputValue(), '0, 3-4', 'the address says it')
    await t.press('Search')
    assert.equal(await field(t).inputValue(), '0, 3-4')
    await t.fill({ value: 'part' })
    await t.press('Query')
    assert.deepEqual(await partitions(t), [0, 3, 4])
    const [file] = [await (async () => {
      await t.page.locator('.head summary', { hasText: 'Download' }).click()
      return t.download(t.page.getByRole('link', { name: 'JSON lines', exact: true }))
    })()]
    const found = file.bytes.toString().trimEnd().split('\n').map((line) => JSON.parse(line).partition)
    assert.deepEqual([found.length, [...new Set(found)].sort()], [15, [0, 3, 4]])
  },

  async 'a text beside the newest messages is looked for in key and value'(t) {
    const topic = await sown(t)
    await t.open(`/messages?topic=${topic}`)
    await t.page.locator('#text').fill('k7')
    await t.press('Query')
    assert.match(t.here(), /text=k7/)
    assert.deepEqual((await t.rows()).map((row) => row[3]), ['k7'])
    assert.equal(await t.page.locator('.segments [aria-current]').innerText(), 'Search')
    await t.page.locator('#text').fill('part 2')
    await t.press('Query')
    assert.deepEqual(await partitions(t), [2])
  },

  async 'what cannot be used is refused at its field'(t) {
    const topic = await sown(t)
    const refusals = [['0,x', '“x” is not a whole number.'], ['4-2', '2 is below the least, 4.'], ['1,9', 'There is no such partition. The topic has 5: enter 0–4.'], ['0-100', 'At most 100 can be named.']]
    for (const [typed, text] of refusals) {
      await t.open(`/messages?topic=${topic}`)
      await field(t).fill(typed)
      await t.press('Query')
      assert.equal(t.status(), 422, typed)
      assert.equal(await field(t).getAttribute('aria-invalid'), 'true')
      await t.shows(text, '#partition-error')
      assert.equal(await field(t).inputValue(), typed)
    }
    assert.equal(await t.open(`/messages?topic=${topic}&by=offset&partition=1,2&offset=0`), 422)
    await t.shows('An offset means something in one partition only.')
  },
}
