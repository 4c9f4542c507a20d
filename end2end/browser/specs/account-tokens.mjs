import assert from 'node:assert/strict'

export const journeys = {
  async 'a token is created, shown once, used and revoked'(t) {
    const name = t.name('token')
    await t.open('/account/tokens')
    await t.fill({ name, role: 'read-only', days: '30' })
    await t.press('Create token')
    await t.shows(`Token ${name} created.`, '.toast')
    const token = (await t.text('main .code pre')).trim()
    assert.match(token, /^mr_[0-9a-f]{64}$/)
    const call = (path, method = 'GET') => fetch(t.server.url + path, { method, headers: { authorization: `Bearer ${token}` } })
    const me = await (await call('/api/v1/account')).json()
    assert.deepEqual([me.role, me.token], ['read-only', name])
    assert.equal((await call('/api/v1/topics/orders', 'DELETE')).status, 403)
    await t.page.reload()
    assert.equal(await t.page.locator('main .code').count(), 0, 'shown once')
    const row = t.page.locator('main tr', { hasText: name })
    assert.ok((await row.innerText()).includes('Read-only'))
    await row.getByRole('button', { name: `Revoke ${name}?` }).click()
    await t.press(row.getByRole('button', { name: 'Revoke token', exact: true }))
    await t.shows(`Token ${name} revoked.`, '.toast')
    assert.equal((await call('/api/v1/account')).status, 401)
  },

  async 'a token that cannot be is refused at its fields'(t) {
    await t.open('/account/tokens')
    await t.fill({ name: 'x', days: '999' })
    await t.page.locator('main button.primary').click()
    await t.page.waitForLoadState('load')
    assert.equal(t.status(), 422)
    await t.refused('days', 'Enter 1–365.', '999')
  },
}
