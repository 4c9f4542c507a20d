import assert from 'node:assert/strict'

/** What has the focus, and whether it shows. */
const focused = (t) => t.page.evaluate(() => {
  const node = document.activeElement
  const style = getComputedStyle(node)
  const box = node.getBoundingClientRect()
  const rings = parseFloat(style.outlineWidth) > 0 && style.outlineStyle !== 'none'
  return { id: node.id, tag: node.tagName, text: (node.innerText || node.getAttribute('aria-label') || node.name || '').trim(), top: box.top, left: box.left, seen: rings || style.boxShadow !== 'none', onScreen: box.bottom > 0 && box.top < innerHeight }
})

/** Presses Tab until the page's end, or `most` times; asserts that each stop can be seen. */
async function walk(t, most = 60) {
  const stops = []
  for (let i = 0; i < most; i++) {
    await t.page.keyboard.press('Tab')
    const stop = await focused(t)
    // The end, or round again.
    if (stop.tag === 'BODY' || (stops.length > 0 && stop.text === 'Skip to content')) break
    assert.ok(stop.seen, `no ring around ${JSON.stringify(stop)}`)
    assert.ok(stop.onScreen, `${JSON.stringify(stop)} has the focus out of sight`)
    stops.push(stop)
  }
  return stops
}

const FORMS = [
  ['/create-topic', ['name', 'description', 'partitions', 'retention', 'cleanup']],
  ['/topics/orders/edit', ['retention', 'cleanup', 'description']],
  ['/topics/orders/add-partitions', ['partitions']],
  ['/topics/orders/delete', ['confirm']],
  ['/instance/settings', ['retention', 'message_bytes', 'offsets_retention']],
  ['/account/password', ['present', 'new', 'again']],
]

export const journeys = {
  async 'forms are walked from top to bottom, and the focus is seen'(t) {
    for (const [address, fields] of FORMS) {
      await t.open(address)
      const stops = await walk(t)
      assert.equal(stops[0].text, 'Skip to content', address)
      assert.deepEqual(stops.map((stop) => stop.id).filter((id) => fields.includes(id)), fields, address)
      const last = stops.findIndex((stop) => stop.id === fields.at(-1))
      assert.equal(stops[last + 1].tag, 'BUTTON', `${address}: the button follows the last field`)
    }
  },

  async 'the skip link leads to the page'(t) {
    await t.open('/topics')
    await t.page.keyboard.press('Tab')
    await t.page.keyboard.press('Enter')
    await t.page.keyboard.press('Tab')
    assert.ok(await t.page.evaluate(() => document.querySelector('main').contains(document.activeElement)))
  },

  async 'a topic is made, and a menu used, without a mouse'(t) {
    const name = t.name('typed')
    await t.open('/create-topic')
    await t.page.locator('#name').focus()
    await t.page.keyboard.type(name)
    await t.page.keyboard.press('Enter')
    await t.page.waitForURL(`**/topics/${name}`)
    await t.page.locator('.head summary').focus()
    await t.page.keyboard.press('Enter')
    await t.page.keyboard.press('Tab')
    assert.equal((await focused(t)).text, 'Delete topic')
    if (t.script) {
      await t.page.keyboard.press('Escape')
      assert.equal((await focused(t)).tag, 'SUMMARY')
      assert.equal(await t.page.locator('.head details').getAttribute('open'), null)
    } else {
      await t.page.keyboard.press('Enter')
      await t.page.waitForURL(`**/topics/${name}/delete`)
    }
  },
}
