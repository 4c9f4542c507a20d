import assert from 'node:assert/strict'

/** Creates a webhook that nobody listens to; gives its name. */
async function webhook(t) {
  const name = t.name('hook')
  await t.open('/alarms/channels')
  await t.press(t.page.getByRole('link', { name: 'Create channel' }).first())
  await t.fill({ name, shape: 'dingtalk', 'secret-url': 'http://127.0.0.1:9/robot?access_token=hunter2', 'signing-secret': 'SEChunter2', zone: 'UTC' })
  await t.press('Create channel')
  await t.shows(`Channel ${name} created.`)
  return name
}

export const journeys = {
  async 'a webhook is created, tried, changed and deleted; its secrets are never shown again'(t) {
    const name = await webhook(t)
    await t.shows('http://127.0.0.1:9 (signed)')
    await t.press(`Send a test to ${name}`)
    await t.shows('The test was not delivered: 127.0.0.1 cannot be reached')
    await t.press('Edit channel')
    assert.ok(!(await t.page.content()).includes('hunter2'))
    assert.equal(await t.page.locator('#secret-url').inputValue(), '')
    await t.fill({ name: `${name}-2` })
    await t.press('Save channel')
    await t.shows(`Channel ${name}-2 saved.`)
    await t.shows('(signed)')
    await t.page.getByRole('button', { name: `Delete “${name}-2”?` }).click()
    await t.press('Delete channel')
    await t.shows(`Channel ${name}-2 deleted.`)
  },

  async 'addresses that must not be asked and fields that cannot be used are refused'(t) {
    await t.open('/alarms/create-channel?kind=webhook')
    await t.fill({ name: 'x', shape: 'wecom', 'secret-url': 'http://169.254.169.254/latest/', 'signing-secret': 's' })
    await t.press('Create channel')
    assert.equal(t.status(), 422)
    await t.shows('The channel was not created.')
    await t.refused('secret-url', '169.254.169.254 may not be connected to', 'http://169.254.169.254/latest/')
    await t.refused('signing-secret', 'Messages of this shape are not signed.')
    await t.press('Email')
    await t.fill({ name: 'x', host: 'mail.example.org', port: '0', security: 'none', user: 'ops', password: 'pw', from: 'ops', to: 'nobody' })
    await t.press('Create channel')
    await t.refused('port', '“0” is no port.', '0')
    await t.refused('security', 'A password is not sent over a connection that is not encrypted.')
    await t.refused('from', '“ops” is no email address.', 'ops')
    await t.refused('to', '“nobody” is no email address.', 'nobody')
    assert.equal(await t.page.locator('#password').inputValue(), '', 'a password is never sent back')
  },

  async 'a channel that a rule notifies is not deleted'(t) {
    const [name, rule] = [await webhook(t), t.name('uses')]
    await t.open('/alarms/create-rule')
    await t.fill({ name: rule, metric: 'current_topics', threshold: '1M' })
    await t.page.getByRole('checkbox', { name }).check()
    await t.press('Create rule')
    await t.shows(name, '.facts')
    await t.open('/alarms/channels')
    await t.press(name)
    await t.shows(rule)
    await t.page.getByRole('button', { name: `Delete “${name}”?` }).click()
    await t.press('Delete channel')
    assert.equal(t.status(), 409)
    await t.shows(`The channel is notified by ${rule}.`)
  },
}
