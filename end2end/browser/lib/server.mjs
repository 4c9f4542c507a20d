// A Millrace of a journey's own: for what changes its accounts.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const START_SECONDS = 30

/** A port that is free now. */
async function freePort() {
  const probe = net.createServer()
  await new Promise((done) => probe.listen(0, '127.0.0.1', done))
  const { port } = probe.address()
  await new Promise((done) => probe.close(done))
  return port
}

export class Server {
  constructor(binary, home) {
    Object.assign(this, { binary, home, output: '' })
  }

  /** The file that holds a password made at the first start. */
  get passwordFile() {
    return path.join(this.home, 'admin-password')
  }

  /** Starts it and waits until it answers. */
  async start(environment = {}) {
    const [console_, kafka] = [await freePort(), await freePort()]
    this.url = `http://127.0.0.1:${console_}`
    this.bootstrap = `127.0.0.1:${kafka}`
    const env = { ...process.env, ...environment }
    if (!('MILLRACE_ADMIN_PASSWORD' in environment)) delete env.MILLRACE_ADMIN_PASSWORD
    const command = ['--data-dir', this.home, '--console-listen', `127.0.0.1:${console_}`, '--kafka-listen', this.bootstrap]
    this.process = spawn(this.binary, command, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.process.stdout, this.process.stderr]) stream.on('data', (text) => (this.output += text))
    const limit = Date.now() + START_SECONDS * 1000
    for (;;) {
      const ready = await fetch(`${this.url}/readyz`).then((answer) => answer.ok, () => false)
      if (ready) return
      if (this.process.exitCode !== null || Date.now() > limit) throw new Error(`the server did not start:\n${this.output}`)
      await sleep(20)
    }
  }

  /** Ends it cleanly; what it kept stays for another start. */
  async end() {
    const ended = new Promise((done) => this.process.once('exit', done))
    this.process.kill('SIGTERM')
    await ended
  }

  async stop() {
    if (!this.process || this.process.exitCode !== null) return
    const ended = new Promise((done) => this.process.once('exit', done))
    this.process.kill('SIGKILL')
    await ended
    fs.rmSync(this.home, { recursive: true, force: true })
  }
}
