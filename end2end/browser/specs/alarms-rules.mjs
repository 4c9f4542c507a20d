import assert from 'node:assert/strict'

/** Creates a rule that cannot fire; gives its name. */
async function rule(t, what = 'rule') {
  const name = t.name(what)
  await t.open('/alarms/create-rule')
  await t.fill({ name, metric: 'current_topics', threshold: '1M' })
  await t.press('Create rule')
  await t.shows(`Rule ${name} created.`)
  return name
}

export const journeys = {
  async 'a rule is created: only what its metric is measured of is asked for'(t) {
    const name = t.name('lag')
    await t.open('/alarms/rules')
    await t.press('Create rule')
    const visible = async () => {
      const fields = ['broker', 'group', 'topic', 'partition']
      const shown = await Promise.all(fields.map((id) => t.page.locator(`#${id}`).isVisible()))
      return fields.filter((_, at) => shown[at])
    }
    assert.deepEqual(await visible(), ['broker'])
    await t.fill({ metric: 'messages_remained' })
    assert.deepEqual(await visible(), ['group', 'topic', 'partition'])
    await t.fill({ name, metric: 'topic_messages_remained', group: 'readers', operator: 'ge', threshold: '500k', periods: '3', level: 'major', advice: 'Add members.' })
    await t.press('Create rule')
    await t.shows(`Rule ${name} created.`)
    await t.shows('Lag of a group in a topic ≥ 500,000, 3 min in a row')
    await t.shows('every Group in a topic: readers')
    await t.shows('Add members.')
  },

  async 'what cannot be used is refused at its field and keeps what was typed'(t) {
    await t.open('/alarms/create-rule')
    await t.fill({ name: 'x', metric: 'broker_cpu_usage', broker: '1', threshold: '120', periods: '99', zone: 'Mars/Base' })
    await t.press('Create rule')
    assert.equal(t.status(), 422)
    await t.shows('The rule was not created.')
    await t.refused('threshold', '120 cannot be reached: values go from 0 % to 100 %.', '120')
    await t.refused('periods', '“99” cannot be used. Enter 1–60.', '99')
    await t.refused('zone', '“Mars/Base” is no time zone.', 'Mars/Base')
    // A field of another metric's is shown once it is refused.
    await t.fill({ threshold: '90', periods: '1', zone: 'UTC', metric: 'current_topics' })
    await t.page.locator('#broker').evaluate((node) => node.value)
    await t.press('Create rule')
    await t.refused('broker', 'Partitions is not measured of this.'.replace('Partitions', 'Topics'), '1')
    assert.ok(await t.page.locator('#broker').isVisible())
  },

  async 'a rule is switched off and on, changed and deleted'(t) {
    const name = await rule(t)
    await t.press(`Disable ${name}`)
    await t.shows(`${name} is disabled.`)
    await t.shows('Off', '.state.badge')
    await t.press(`Enable ${name}`)
    await t.shows(`${name} is judged again.`)
    await t.press('Edit rule')
    assert.equal(await t.page.locator('#threshold').inputValue(), '1000000')
    await t.fill({ threshold: '2M' })
    await t.press('Save rule')
    await t.shows('Topics > 2,000,000, once')
    await t.page.getByRole('button', { name: `Delete “${name}”?` }).click()
    await t.shows('The history stays.')
    await t.press('Delete rule')
    await t.shows(`Rule ${name} deleted.`)
    assert.equal(t.here(), '/alarms/rules')
  },

  async 'what fires is seen on every page, is silenced and kept in the history'(t) {
    const name = t.name('fires')
    await t.open('/alarms/create-rule')
    await t.fill({ name, metric: 'current_topics', operator: 'ge', threshold: '0', advice: 'Nothing to do: it is a test.' })
    await t.press('Create rule')
    // Judged with the next full minute.
    for (let i = 0; i < 360 && !(await t.page.locator('.top .firing').count()); i++) {
      await t.page.waitForTimeout(250)
      await t.open('/alarms/rules')
    }
    const row = t.page.locator('tr', { hasText: name })
    for (let i = 0; i < 120 && !(await row.innerText()).includes('Alarm'); i++) {
      await t.page.waitForTimeout(1000)
      await t.open('/alarms/rules')
    }
    await t.open('/topics')
    await t.press(t.page.locator('.top .firing'))
    await t.shows('Nothing to do: it is a test.')
    await row.getByRole('button').first().click()
    const dialog = t.page.locator('dialog:popover-open')
    await dialog.getByLabel('For', { exact: true }).selectOption('4')
    await dialog.getByLabel('Reason').fill('a test')
    await t.press(dialog.getByRole('button', { name: 'Silence alarm' }))
    await t.shows(`${name} is silent for 4 h.`)
    await t.press(row.getByRole('button', { name: 'End silence' }))
    await t.shows(`${name} is no longer silent.`)
    await t.open('/alarms/history')
    await t.shows(name)
    await t.shows('still firing')
    await t.open('/alarms/rules')
    await t.press(`Disable ${name}`)
    await t.open('/alarms/history')
    await t.shows('the rule was disabled')
  },
}
