import assert from 'node:assert/strict'

const field = (t, name) => t.page.locator(`[name=${name}]`)

export const journeys = {
  async 'from the topic’s page: key, value, headers, copies; then once more, changed'(t) {
    const name = await t.topic('sent', 3)
    await t.open(`/topics/${name}`)
    await t.press('Send message')
    await t.fill({ key: '21', value: '{"n":1}\nsecond line', partition: '2', compression: 'zstd', copies: '3' })
    await field(t, 'header-name').nth(0).fill('trace')
    await field(t, 'header-value').nth(0).fill('a b')
    await t.page.locator('main button.primary').click()
    await t.page.waitForURL(/from=2-0/)
    await t.shows('3 messages were sent to partition 2, offsets 0–2.', '.toast')
    assert.equal(await t.page.locator('#value').inputValue(), '{"n":1}\nsecond line')
    assert.equal(await t.page.locator('#copies').inputValue(), '3')
    assert.equal(await field(t, 'header-value').nth(0).inputValue(), 'a b')

    await t.fill({ key: 'changed', copies: '1' })
    await t.page.locator('main button.primary').click()
    await t.page.waitForURL(/from=2-3/)
    await t.shows('1 message was sent to partition 2, offset 3.', '.toast')
    await t.press('Show the message')
    await t.shows('changed', '#open')
  },

  async 'reload and back send nothing again'(t) {
    const name = await t.topic('once')
    await t.open(`/topics/${name}/send`)
    await t.fill({ value: 'only once' })
    await t.page.locator('main button.primary').click()
    await t.page.waitForURL(/from=0-0/)
    await t.page.reload()
    await t.page.goBack()
    await t.page.goForward()
    await t.open(`/messages?topic=${name}`)
    assert.equal((await t.rows()).length, 1)
  },

  async 'null is not empty; base64 and hex are bytes'(t) {
    const name = await t.topic('bytes')
    await t.open(`/topics/${name}/send`)
    await field(t, 'key-as').selectOption('hex')
    await field(t, 'value-as').selectOption('null')
    await t.fill({ key: '00 ff' })
    await t.page.locator('main button.primary').click()
    await t.page.waitForURL(/from=0-0/)
    // Bytes that are no text come back as base64; null stays null.
    assert.equal(await field(t, 'key-as').inputValue(), 'base64')
    assert.equal(await t.page.locator('#key').inputValue(), 'AP8=')
    assert.equal(await field(t, 'value-as').inputValue(), 'null')
    await field(t, 'value-as').selectOption('text')
    await t.page.locator('main button.primary').click()
    await t.page.waitForURL(/from=0-1/)
    await t.open(`/messages?topic=${name}`)
    const values = (await t.rows()).map((row) => row.join(' '))
    assert.ok(values.some((row) => row.includes('null')) && values.some((row) => row.includes('empty')), values.join('\n'))
  },

  async 'more rows for headers lose nothing that was typed'(t) {
    const name = await t.topic('rows')
    await t.open(`/topics/${name}/send`)
    await t.fill({ key: 'kept' })
    await field(t, 'header-name').nth(1).fill('second')
    const before = await field(t, 'header-name').count()
    await t.press('More headers')
    assert.ok((await field(t, 'header-name').count()) > before)
    assert.equal(await t.page.locator('#key').inputValue(), 'kept')
    assert.equal(await field(t, 'header-name').nth(0).inputValue(), 'second')
  },

  async 'errors stand at their fields'(t) {
    const name = await t.topic('refused', 2)
    await t.open(`/topics/${name}/send`)
    await field(t, 'value-as').selectOption('base64')
    await t.fill({ value: 'not base64!', partition: '2', copies: '1001' })
    await t.page.locator('main button.primary').click()
    await t.page.waitForLoadState('load')
    assert.equal(t.status(), 422)
    await t.shows('Nothing was sent.')
    await t.refused('value', 'This is not base64: character', 'not base64!')
    await t.refused('copies', '1,001 is above the limit of 1,000. Enter 1–1,000.', '1001')
    await field(t, 'value-as').selectOption('text')
    await t.fill({ copies: '1' })
    await t.page.locator('main button.primary').click()
    await t.page.waitForLoadState('load')
    await t.refused('partition', '2 is above the limit of 1. Enter 0–1.', '2')
    await t.open(`/messages?topic=${name}`)
    await t.shows('No messages')
  },

  async 'a hostile message stands in the form as text'(t) {
    await t.open('/topics/hostile/send?from=0-0')
    assert.equal(await t.page.locator('#key').inputValue(), '<script>alert("key")</script>')
    assert.equal(await t.page.locator('#value').inputValue(), '<img src=x onerror=alert("value")>')
    await t.open('/topics/big/send?from=0-0')
    await t.shows('is too large to edit here')
    await t.open('/topics/__consumer_offsets/send')
    await t.shows('Nobody can write to this topic.')
    assert.equal(await t.page.locator('#value').count(), 0)
  },
}
