import assert from 'node:assert/strict'

export const journeys = {
  async 'facts, endpoints and what to copy'(t) {
    await t.open('/instance')
    const facts = await t.text('.facts >> nth=0')
    for (const fact of ['Id', 'Engine Embedded', 'Version Millrace', 'Running for', 'Data directory', 'Plan Unlimited']) {
      assert.ok(facts.includes(fact), `${fact} in ${facts}`)
    }
    const endpoints = await t.rows()
    assert.equal(endpoints.length, 1)
    assert.ok(endpoints[0][0] === 'PLAINTEXT' && endpoints[0][1].includes(t.server.bootstrap) && endpoints[0][3] === 'Open', JSON.stringify(endpoints))
    const copies = t.page.locator('[data-copy]')
    assert.ok((await copies.count()) >= 3)
    // Without the script a button that copies would do nothing: it is not there.
    assert.equal(await copies.first().isVisible(), t.script)
    const commands = await t.page.locator('figure.code pre').allInnerTexts()
    assert.ok(commands.length >= 2 && commands.every((command) => command.includes(t.server.bootstrap)), commands.join())
    if (t.script) {
      await t.context.grantPermissions(['clipboard-read', 'clipboard-write'])
      await t.page.getByRole('button', { name: `Copy ${t.server.bootstrap}` }).click()
      assert.equal(await t.page.evaluate(() => navigator.clipboard.readText()), t.server.bootstrap)
    }
  },
}
