import assert from 'node:assert/strict'
import { PAGES } from '../lib/pages.mjs'

/** Stops that Tab reaches at most on one page; a form of twenty rows has sixty. */
const STOPS_MAX = 160
const DATE_PARTS_MAX = 8

/** Marks what Tab should reach within the page, in order of the document; gives how many, none on a page without a form. */
const expected = (t) => t.page.evaluate(() => {
  const main = document.querySelector('main')
  if (!main?.querySelector('form')) return 0
  const seen = new Set()
  // What a closed details holds has a box, yet is not there.
  const isShown = (node) => node.checkVisibility({ visibilityProperty: true })
  const stops = [...main.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')].filter((node) => {
    if (node.disabled || node.type === 'hidden' || node.tabIndex < 0 || !isShown(node)) return false
    if (node.type !== 'radio') return true
    // Of radio buttons of one name Tab reaches one.
    const group = [...main.querySelectorAll(`input[type=radio][name="${node.name}"]`)]
    const chosen = group.find((radio) => radio.checked) ?? group[0]
    return node === chosen && !seen.has(node.name) && seen.add(node.name)
  })
  stops.forEach((node, i) => (node.dataset.stop = String(i)))
  return stops.length
})

/** What has the focus: its place in the order, and whether a ring shows it within the window and nothing covers it. */
const focused = (t) => t.page.evaluate(() => {
  const node = document.activeElement
  const style = getComputedStyle(node)
  const box = node.getBoundingClientRect()
  const rings = (parseFloat(style.outlineWidth) > 0 && style.outlineStyle !== 'none') || style.boxShadow !== 'none'
  const bar = document.querySelector('.top').getBoundingClientRect().bottom
  return {
    stop: node.dataset.stop === undefined ? undefined : Number(node.dataset.stop),
    isMain: document.querySelector('main').contains(node),
    name: `${node.tagName} ${node.id || node.name || node.innerText || node.getAttribute('aria-label') || ''}`.trim(),
    rings,
    inSight: box.bottom > bar && box.top < innerHeight,
  }
})

/** Walks a page by Tab; asserts order and ring of every stop within it. */
async function walk(t, address) {
  const count = await expected(t)
  if (count === 0 || count > STOPS_MAX) return 0
  // From the skip link, as somebody comes from above.
  await t.page.keyboard.press('Tab')
  await t.page.keyboard.press('Enter')
  for (let next = 0; next < count; next++) {
    await t.page.keyboard.press('Tab')
    let now = await focused(t)
    // A field for date and time has a stop for each of its parts.
    for (let part = 0; part < DATE_PARTS_MAX && now.stop === next - 1; part++) {
      await t.page.keyboard.press('Tab')
      now = await focused(t)
    }
    assert.equal(now.stop, next, `${address}: after stop ${next - 1} Tab came to ${now.name}`)
    assert.ok(now.rings, `${address}: no ring around ${now.name}`)
    assert.ok(now.inSight, `${address}: ${now.name} has the focus out of sight`)
  }
  return count
}

export const journeys = {
  async 'every form of every page is walked by Tab in its order, each stop with a ring that can be seen'(t) {
    let forms = 0
    for (const [address, status] of PAGES) {
      assert.equal(await t.open(address), status, address)
      forms += (await walk(t, address)) > 0 ? 1 : 0
    }
    assert.ok(forms >= 10, `only ${forms} pages with forms`)
  },

  async 'also on a phone, and in the dark'(t) {
    await t.prefer({ theme: 'dark' })
    await t.page.setViewportSize({ width: 360, height: 740 })
    for (const address of ['/create-topic', '/topics/orders/edit', '/tags/bind', '/tags/edit?on=topic:orders', '/account/password']) {
      await t.open(address)
      assert.ok((await walk(t, address)) > 0, address)
    }
  },
}
