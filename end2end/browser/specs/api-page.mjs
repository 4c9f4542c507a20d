import assert from 'node:assert/strict'

export const journeys = {
  async 'the page of the API shows every call of the document'(t) {
    assert.equal(await t.open('/api'), 200)
    const cookies = (await t.context.cookies()).map((c) => `${c.name}=${c.value}`).join('; ')
    const document = await (await fetch(`${t.server.url}/api/v1/openapi.json`, { headers: { cookie: cookies } })).json()
    const shown = new Set(await t.page.locator('main th code').allInnerTexts())
    let calls = 0
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const method of Object.keys(methods)) {
        calls++
        assert.ok(shown.has(`${method.toUpperCase()} ${path}`), `${method} ${path} is not shown`)
      }
    }
    assert.ok(calls > 15 && calls === shown.size, `${calls} calls, ${shown.size} shown`)
    await t.press(t.page.locator('main').getByRole('link', { name: 'API tokens' }))
    assert.equal(t.here(), '/account/tokens')
  },
}
