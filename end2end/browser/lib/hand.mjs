// What somebody does with a hand, counted: every click, every field gone into, every Enter is one; a choice from a list that opens is two.
export class Hand {
  constructor(t) {
    Object.assign(this, { t, count: 0 })
  }

  /** Clicks what leads to another page, and waits for that. */
  async go(target) {
    const before = this.t.page.url()
    await this.click(target)
    await this.t.page.waitForURL((url) => url.href !== before)
    await this.t.page.waitForLoadState('load')
  }

  async click(target) {
    this.count += 1
    await target.click()
  }

  /** Goes into a field and writes. */
  async type(target, text) {
    this.count += 1
    await target.fill(text)
  }

  async choose(target, value) {
    this.count += 2
    await target.selectOption(value)
  }

  /** Sends the form of a field by Enter. */
  async enter(target) {
    this.count += 1
    const before = this.t.page.url()
    await target.press('Enter')
    await this.t.page.waitForURL((url) => url.href !== before)
    await this.t.page.waitForLoadState('load')
  }
}
