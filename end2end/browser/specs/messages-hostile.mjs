import assert from 'node:assert/strict'

export const journeys = {
  // A dialog, a script or a load of anything fails every journey by itself; see lib/journey.mjs.
  async 'whatever a message holds is shown as text'(t) {
    await t.open('/messages?topic=hostile&by=offset&partition=0&offset=0')
    const rows = await t.rows()
    assert.equal(rows.length, 5)
    assert.equal(rows[0][3], '<script>alert("key")</script>')
    assert.equal(rows[0][4], '<img src=x onerror=alert("value")>')
    assert.match(rows[1][3], /ff fe 3c 62 3e/)
    assert.match(rows[1][4], /<\/pre><script>alert\(1\)<\/script>/)
    assert.ok(rows[2][3] === 'null' && rows[2][4] === 'null', rows[2].join(' | '))
    assert.ok(rows[3][3] === 'empty' && rows[3][4] === 'empty', rows[3].join(' | '))
    for (let offset = 0; offset < 5; offset++) {
      for (const part of ['key', 'value', 'headers']) {
        for (const view of ['', '&view=text', '&view=hex', '&view=json']) {
          // Every view of the worst message; of the others the one that suits them.
          if (offset !== 1 && view) continue
          assert.equal(await t.open(`/messages?topic=hostile&by=offset&partition=0&offset=0&open=0.${offset}&part=${part}${view}`), 200)
          const html = await t.page.content()
          assert.ok(!/<img|<script>|<svg onload/i.test(html), `${offset} ${part} ${view}`)
          assert.ok(!/[\u202a-\u202e\u2066-\u2069\0]/.test(html), 'marks that turn the line round are signs')
        }
      }
    }
    await t.open('/messages?topic=hostile&open=0.0&part=headers')
    const headers = await t.rows('.message table')
    assert.equal(headers[0][0], '"><script>alert("header")</script>')
    assert.ok(headers[0][1].includes('<svg onload=alert("header value")>'))
  },

  async 'nor does what stands in an address'(t) {
    for (const address of [
      '/topics?q=%3Cscript%3Ealert(1)%3C/script%3E', '/messages?topic=orders&by=offset&partition=%22%3E%3Cscript%3E&offset=%22%3E%3Cscript%3Ealert(1)%3C/script%3E',
      '/messages?topic=%3Cscript%3Ealert(1)%3C/script%3E', '/topics/%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E', '/topics/%00', '/topics/%ff%fe', '/topics?q=%ff%00',
    ]) {
      assert.ok((await t.open(address)) < 500, address)
      assert.equal(await t.page.locator('h1').count(), 1, `${address} has its page`)
      assert.ok(!(await t.page.content()).includes('<script>alert'), address)
    }
  },
}
