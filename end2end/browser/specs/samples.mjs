import assert from 'node:assert/strict'

export const journeys = {
  async 'every language is shown, and saved as it is shown'(t) {
    await t.open('/topics/orders')
    await t.press('Sample code')
    for (const [language, file] of [['Java', 'Producer.java'], ['Go', 'producer.go'], ['Python', 'producer.py'], ['Node.js', 'producer.mjs'], ['Rust', 'producer.rs'], ['kcat', 'producer.sh']]) {
      await t.page.locator('.segments').getByRole('link', { name: language, exact: true }).click()
      await t.page.waitForLoadState('load')
      const shown = await t.page.locator('figure', { hasText: file }).locator('pre').textContent()
      assert.ok(shown.includes(t.server.bootstrap) && shown.includes('orders'), shown)
      const saved = await t.download(t.page.getByRole('link', { name: `Download ${file}` }))
      assert.equal(saved.name, file)
      assert.equal(saved.bytes.toString(), shown)
    }
  },

  async 'a program is copied by its button'(t) {
    await t.open('/topics/orders/samples?lang=python')
    const button = t.page.getByRole('button', { name: 'Copy' }).first()
    if (!t.script) return assert.equal(await button.count(), 0)
    await t.context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: t.server.url })
    await button.click()
    await t.page.locator('[data-done]').waitFor()
    assert.match(await t.page.evaluate(() => navigator.clipboard.readText()), /from confluent_kafka import Producer/)
  },
}
