import assert from 'node:assert/strict'

export const journeys = {
  async 'each rebalance with its cause, whose doing it was, and what helps'(t) {
    const topic = await t.topic('turns', 4)
    const id = t.name('turns')
    const address = `/groups/${id}/rebalances`
    await t.whileReading(id, topic, async () => {
      await t.whileReading(id, topic, async () => {}, '<i>second</i>')
      // The one that stays is told with its next heartbeat.
      await t.until(address, async () => (await t.page.locator('main tbody tr').count()) >= 3)
    }, 'first')
    await t.open(`/groups/${id}`)
    await t.press(t.page.locator('.tabs').getByRole('link', { name: /^Rebalances/ }))
    assert.equal(t.here(), address)
    const rows = (await t.rows()).slice(-3)
    assert.match(rows[0][1], /^left <i>second<\/i> 127\.0\.0\.1 · …\S{8}$/)
    assert.match(rows[1][1], /^joined <i>second<\/i> /)
    assert.match(rows[2][1], /^joined first /)
    assert.match(rows[0][3], /^2 → (to )?1$/)
    assert.match(rows[1][3], /^1 → (to )?2$/)
    for (const row of rows) assert.match(row[2], /^[\d.,]+ (ms|s)$/)
    const meanings = await t.text('main dl.facts')
    assert.match(meanings, /joined .{20,} left .{20,}/)
  },

  async 'a bar leads to its row, and all of it is a file'(t) {
    const topic = await t.topic('bars')
    const id = t.name('bars')
    await t.whileReading(id, topic, async () => {}, '=first')
    const address = `/groups/${id}/rebalances`
    await t.until(address, async () => (await t.page.locator('main tbody tr').count()) >= 1)
    const bar = t.page.locator('svg.volume a').last()
    assert.match((await bar.getAttribute('aria-label')) ?? '', /\d/)
    await bar.focus()
    await t.page.keyboard.press('Enter')
    await t.page.waitForURL(/#generation-\d+$/)
    const row = t.page.locator(new URL(t.page.url()).hash)
    assert.match(await row.innerText(), /=first/)
    const csv = await t.download(t.page.locator('main').getByRole('link', { name: 'CSV', exact: true }))
    assert.equal(csv.name, 'rebalances.csv')
    const lines = csv.bytes.toString().trim().split('\n')
    assert.match(lines[0], /Cause,Client,Host/)
    // A cell that a spreadsheet would compute is kept from it.
    assert.match(lines.at(-1), /,joined,'=first,127\.0\.0\.1,/)
  },

  async 'a group that never had a member says so'(t) {
    const id = t.name('quiet')
    await t.open('/register-group')
    await t.fill({ name: id })
    await t.press('Register group')
    await t.open(`/groups/${id}/rebalances`)
    await t.shows('No rebalance yet')
  },
}
