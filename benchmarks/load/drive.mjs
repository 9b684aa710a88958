// Sends the requests of a plan at a constant rate, whatever becomes of the earlier ones, and writes what came of each.
//
//   node drive.mjs PLAN.json
//
// `loadtest` keeps the pace: one request an interval. The connections are open before, as those of clients that keep
// theirs; a request that finds all of them busy waits. A latency counts from the moment the request should have left (or
// left, if that was earlier), so this wait, or a generator that falls behind, makes the figures worse, never better.
import {readFileSync, writeFileSync} from 'node:fs'
import http from 'node:http'
import {loadTest} from 'loadtest'

const plan = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const asked = readFileSync(plan.requests, 'utf8').split('\n').filter(Boolean).map(line => {
  const [path, body] = JSON.parse(line)
  return {path, body: Buffer.from(body)}
})
const intervalMs = 1000 / plan.rate
// FIFO: every connection is used in turn; the default prefers the one used last.
const agent = new http.Agent({
  keepAlive: true,
  maxSockets: plan.connections,
  maxFreeSockets: plan.connections,
  scheduling: 'fifo',
})
const count = asked.length
const results = {
  latencies_ms: new Array(count).fill(null),
  sent_ms: new Array(count).fill(null),
  statuses: new Array(count).fill(0),
  errors: {},
  without_retry_after: 0,
  prediction_ids: plan.keep_ids ? new Array(count).fill(null) : null,
}
let next = 0
let beganMs = 0
let endedMs = 0

function note(index, status, error) {
  if (results.latencies_ms[index] !== null) return
  endedMs = performance.now()
  const intendedMs = beganMs + index * intervalMs
  results.latencies_ms[index] = endedMs - Math.min(intendedMs, beganMs + results.sent_ms[index])
  results.statuses[index] = status
  if (error) results.errors[error] = (results.errors[error] ?? 0) + 1
}

function send(_options, params, request, answered) {
  const index = next++
  const {path, body} = asked[index]
  const headers = {
    authorization: `Bearer ${plan.tokens[index % plan.tokens.length]}`,
    'content-type': 'application/json',
    'content-length': body.length,
  }
  if (plan.key_prefix) headers['idempotency-key'] = `${plan.key_prefix}-${index}`
  if (index === 0) beganMs = performance.now()
  results.sent_ms[index] = performance.now() - beganMs
  const {hostname, port} = params
  const sent = request({hostname, port, path, method: 'POST', headers, agent}, response => {
    const chunks = []
    if (plan.keep_ids) response.on('data', chunk => chunks.push(chunk))
    response.on('end', () => {
      note(index, response.statusCode)
      if (response.statusCode >= 500 && !response.headers['retry-after']) results.without_retry_after++
      if (plan.keep_ids && response.statusCode === 200) {
        results.prediction_ids[index] = JSON.parse(Buffer.concat(chunks)).prediction_id
      }
    })
    response.on('error', error => note(index, 0, error.code ?? error.message))
    response.resume()
    // Spares the generator's own copy of the body, which nobody reads.
    answered({statusCode: 200, on: (event, handler) => event !== 'data' && response.on(event, handler)})
  })
  sent.on('error', error => note(index, 0, error.code ?? error.message))
  sent.write(body)
  return sent
}

function open() {
  return new Promise(resolve => {
    const {hostname, port} = new URL(plan.url)
    const sent = http.get({hostname, port, path: '/livez', agent}, response => response.resume().on('end', resolve))
    sent.on('error', resolve)
  })
}

await Promise.all(Array.from({length: plan.connections}, open))
const cpuBefore = process.cpuUsage()
await loadTest({
  url: plan.url,
  method: 'POST',
  requestsPerSecond: plan.rate,
  maxRequests: count,
  requestGenerator: send,
  timeout: plan.timeout_ms,
  quiet: true,
})
const cpu = process.cpuUsage(cpuBefore)
results.wall_ms = endedMs - beganMs
results.began_unix_ms = performance.timeOrigin + beganMs
results.cpu_s = (cpu.user + cpu.system) / 1e6
writeFileSync(plan.results, JSON.stringify(results))
process.exit(0)
