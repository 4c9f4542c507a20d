import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'

const PATIENCE_MS = 150_000

/** Opens a page of charts; the first samples come within a minute or two of the server's start. */
async function charts(t, address) {
  const limit = Date.now() + PATIENCE_MS
  for (;;) {
    assert.equal(await t.open(address), 200)
    if (await t.page.locator('figure.chart path.line[d^="M"]').count()) return
    assert.ok(Date.now() < limit, `no sample at ${address}`)
    await sleep(3000)
  }
}

export const journeys = {
  async 'a range is chosen, then one of its own'(t) {
    await charts(t, '/monitoring')
    await t.press('12 h')
    assert.equal(t.here(), '/monitoring?range=12h')
    assert.equal(await t.page.locator('.segments [aria-current]').innerText(), '12 h')
    await t.fill({ from: '2026-01-02T10:00', to: '2026-01-02T09:00' })
    await t.press('Show')
    assert.equal(t.status(), 422)
    await t.shows('The range ends before it begins.')
    await t.fill({ to: '2026-01-02T12:00' })
    await t.press('Show')
    assert.equal(t.here(), '/monitoring?from=2026-01-02T10%3A00&to=2026-01-02T12%3A00')
    await t.page.locator('#traffic summary').click()
    await t.shows('No samples in this range.', '#traffic details')
  },

  async 'a topic is picked, then its partitions'(t) {
    await charts(t, '/monitoring/topics?topic=orders')
    await t.open('/monitoring/topics')
    const busiest = t.page.locator('main tbody a').first()
    const name = await busiest.innerText()
    await t.press(busiest)
    assert.equal(await t.page.locator('h1').innerText(), `Monitoring of ${name}`)
    await t.fill({ topic: 'orders' })
    await t.press('Show')
    assert.equal(new URL(t.page.url()).searchParams.get('topic'), 'orders')
    assert.equal(await t.page.locator('h1').innerText(), 'Monitoring of orders')
    await t.press('Every partition')
    await t.shows('Partition 0', '#partition-messages')
    await t.open('/topics/orders')
    await t.press(t.page.locator('.tabs').getByRole('link', { name: 'Monitoring' }))
    assert.equal(t.here(), '/monitoring/topics?topic=orders')
  },

  async 'the values of a chart are a table, and a file'(t) {
    await charts(t, '/monitoring?range=1h')
    await t.page.locator('#lag summary').click()
    const rows = await t.page.locator('#lag details tbody tr').count()
    assert.ok(rows > 0)
    const file = await t.download(t.page.locator('#lag details').getByRole('link', { name: 'Download CSV' }))
    assert.equal(file.name, 'lag.csv')
    const lines = file.bytes.toString('utf8').trimEnd().split('\r\n')
    assert.equal(lines[0], '\ufeff"Time, UTC",All groups')
    assert.match(lines.at(-1), /^\d{4}-\d\d-\d\dT\d\d:\d\d:00\.000Z,\d+$/)
  },

  async 'values stand under the pointer and follow the arrow keys'(t) {
    await charts(t, '/monitoring?range=1h')
    const plot = t.page.locator('#lag [data-plot]')
    if (!t.script) return assert.equal(await plot.getAttribute('tabindex'), null)
    await plot.hover()
    await t.shows('All groups', '#lag .readout')
    await t.page.mouse.move(0, 0)
    assert.equal(await t.page.locator('.readout').count(), 0)
    await plot.focus()
    await t.page.keyboard.press('Home')
    assert.match(await t.text('#lag .readout'), /\d\d:\d\d.*All groups .*messages/)
  },
}
