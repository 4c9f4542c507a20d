import assert from 'node:assert/strict'
import { journey, main, open, says, send, topic } from './helper.mjs'

const EVIL = ['<script>document.title="owned"</script>', '<img src=x onerror="document.title=\'owned\'">', '"><svg onload=document.title="owned">', '</pre></td></table><h1>owned</h1>', 'javascript:alert(1)']

journey('nothing a message contains runs or breaks the page', async ({ page }) => {
  const name = await topic()
  const broken = Buffer.from([0xff, 0xfe, 0x3c, 0x62, 0x3e, 0xc3, 0x28])
  await send(name, ...EVIL.map((text) => ({ key: text, value: text, headers: { [text]: text } })), { key: broken, value: broken })
  for (const part of ['value', 'key', 'headers']) {
    for (const view of ['text', 'json', 'hex']) {
      for (let offset = 0; offset <= EVIL.length; offset++) {
        await open(page, `/messages?topic=${name}&by=offset&partition=0&offset=0&open=0.${offset}&part=${part}&view=${view}`)
        assert.match(await page.title(), /Millrace/)
        assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1)
        assert.equal(await page.locator('main script, main img, main [onerror], main [onload], main a[href^=javascript]').count(), 0)
      }
    }
  }
  await open(page, `/messages?topic=${name}&by=offset&partition=0&offset=0`)
  await says(page, ...EVIL)
})

journey('hostile addresses come back as text', async ({ page }) => {
  for (const path of ['/topics?q=%3Cscript%3Ealert(1)%3C/script%3E', '/topics?sort=%22%3E%3Csvg%20onload=alert(1)%3E', '/topics/%3Cscript%3Ealert(1)%3C%2Fscript%3E',
    '/messages?topic=%3Cimg%20src=x%20onerror=alert(1)%3E', '/messages?topic=x&by=%22%3E%3Cb%3E&open=%22%3E', '/topics?rows=999999999999999999999&page=-5']) {
    const answer = await open(page, path)
    assert.ok(answer.status() < 500, `${path}: ${answer.status()}`)
    assert.equal(await page.locator('main script, main img').count(), 0)
    assert.equal(await main(page).count(), 1)
  }
})

journey('every answer carries its guards', { js: [false] }, async ({ page }) => {
  const name = await topic()
  await send(name, { value: '<html><script>1</script>' })
  for (const path of ['/', '/topics', '/create-topic', `/messages?topic=${name}`, '/no-such-page']) {
    const headers = (await open(page, path)).headers()
    const policy = headers['content-security-policy'] ?? ''
    assert.ok(/default-src 'none'|default-src 'self'/.test(policy) && !/unsafe-(inline|eval)/.test(policy), `${path}: ${policy}`)
    assert.equal(headers['x-content-type-options'], 'nosniff', path)
  }
  const got = await page.request.get(`${new URL(page.url()).origin}/messages/download?topic=${name}&partition=0&offset=0&part=value`)
  assert.match(got.headers()['content-disposition'], /^attachment/)
  assert.equal(got.headers()['x-content-type-options'], 'nosniff')
  const cookies = await page.context().cookies()
  assert.ok(cookies.some((c) => c.httpOnly && c.sameSite !== 'None'), JSON.stringify(cookies))
})
