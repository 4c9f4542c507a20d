import assert from 'node:assert/strict'
import { MIB, bigValue } from '../lib/seed.mjs'

export const journeys = {
  async 'a message of 10 MiB is cut at 4 KB on the page and downloads whole'(t) {
    const whole = bigValue(10 * MIB)
    await t.open('/messages?topic=big')
    assert.equal((await t.rows()).length, 1)
    assert.ok((await t.page.content()).length < 60_000, 'the list carries no more than it shows')
    await t.press('0')
    await t.shows('The first 4 KB of 10.0 MiB (10,485,760 B). Download it to see all.')
    assert.equal(await t.page.locator('.message pre').textContent(), whole.subarray(0, 4096).toString())
    await t.press('Hex')
    await t.shows('The first 4 KB of 10.0 MiB (10,485,760 B). Download it to see all.')
    const file = await t.download(t.page.getByRole('link', { name: 'Download Value' }))
    assert.ok(file.bytes.equals(whole), `${file.bytes.length} bytes came`)
    const json = JSON.parse((await t.download(t.page.getByRole('link', { name: 'Download Whole message' }))).bytes.toString())
    assert.ok(Buffer.from(json.value).equals(whole))
  },
}
