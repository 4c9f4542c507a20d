import assert from 'node:assert/strict'

const ground = (t) => t.page.locator('main').evaluate((main) => getComputedStyle(main).backgroundColor)
const isDark = (colour) => colour.match(/[\d.]+/g).slice(0, 3).reduce((sum, n) => sum + Number(n), 0) < 200

async function choose(t, name) {
  await t.page.locator('.top .tools > .menu').first().locator('summary').click()
  await t.press(t.page.locator('.top .tools > .menu').first().getByRole('button', { name }))
}

export const journeys = {
  async 'dark, light, and as the system has it'(t) {
    await t.page.emulateMedia({ colorScheme: 'light' })
    await t.open('/topics?q=list')
    assert.ok(!isDark(await ground(t)))
    await choose(t, 'Dark')
    assert.equal(t.here(), '/topics?q=list')
    assert.ok(isDark(await ground(t)), await ground(t))
    await t.open('/')
    assert.ok(isDark(await ground(t)), 'it stays')
    await choose(t, 'Light')
    await t.page.emulateMedia({ colorScheme: 'dark' })
    assert.ok(!isDark(await ground(t)), 'the choice goes before the system')
    await choose(t, 'Follow the system')
    assert.ok(isDark(await ground(t)), 'and without one the system decides')
  },
}
