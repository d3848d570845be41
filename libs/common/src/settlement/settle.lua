-- Ends a job, once: the first writer wins, every later one is told who was first and changes nothing.
-- Stores the outcome, releases the leases, settles what was reserved on what was used, counts, appends one event, and wakes whoever waits.
--
-- KEYS 1 job record            hash
--      2 unsettled             sorted set
--      3 tenant in flight      sorted set
--      4 tenant queued         sorted set
--      5 pool queued           sorted set
--      6 events                stream
--      7 pool counters         prefix of a hash for each 10 s; the bucket is chosen here, by Redis's clock
--      8 tenant's limits       hash
--      9 pool's finish tags    sorted set
--     10 the job's tokens      stream, of streamed jobs
-- ARGV 1 job id
--      2 final status
--      3 outcome as JSON
--      4 outcome as JSON without the generated text, for the event and for lists
--      5 how long the record is kept, ms
--      6 worker that settles, or empty
--      7 prefix of workers' control channels
--      8 largest outcome to publish, bytes
--      9 tokens used, or empty when nobody knows
--     10 what they cost in billionths of a dollar, or empty
--     11 1 when nothing was done for the caller: all is given back, and the idempotency key is free again
--     12 how long the job's tokens are kept, ms
--     13 1 to leave the job alone when it was asked for again under its idempotency key
-- Returns {'settled', now, 1 when a worker ran it} | {'already', status} | {'replayed'} | {'unknown'}
--
-- @include ../limits/rules.lua
-- @include ../fairness/fair-queue.lua

local r = redis.call('HMGET', KEYS[1], 'status', 'tenant', 'client_id', 'request_id', 'pool', 'model',
  'created_ms', 'started_ms', 'worker_id', 'reply', 'receipt', 'priority', 'stride', 'idempotency',
  'streamed', 'delivered_ms', 'webhook', 'replayed')
local status = r[1]
if not status then return { 'unknown' } end
if status ~= 'queued' and status ~= 'running' then return { 'already', status } end
if ARGV[13] == '1' and r[18] == '1' then return { 'replayed' } end

local id = ARGV[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local created, started, worker = tonumber(r[7]), r[8] or '', r[9] or ''
local settler = ARGV[6] ~= '' and ARGV[6] or worker

-- What frees memory comes first: a full Redis refuses only a script whose first write could take more.
redis.call('ZREM', KEYS[2], id)
redis.call('ZREM', KEYS[3], id)
redis.call('HSET', KEYS[1], 'status', ARGV[2], 'settled_ms', now, 'outcome', ARGV[3], 'summary', ARGV[4],
  'worker_id', settler)
redis.call('PEXPIRE', KEYS[1], ARGV[5])
if r[15] == '1' then redis.call('PEXPIRE', KEYS[10], ARGV[12]) end
if status == 'queued' then
  redis.call('ZREM', KEYS[4], id)
  redis.call('ZREM', KEYS[5], id)
  if started == '' and r[13] then leave_place(KEYS[9], r[2], r[12], tonumber(r[13])) end
end

-- A job that started and of whose usage nobody knows (cancelled, expired) has used what was reserved.
if r[11] and r[11] ~= '' then
  settle_up(KEYS[8], r[11], function(rule, reserved)
    if ARGV[11] == '1' then return 0 end
    if rule == 'requests' then return reserved end
    local known = rule == 'tokens' and ARGV[9] or ARGV[10]
    if known ~= '' then return tonumber(known) end
    if started == '' or ARGV[2] == 'failed' then return 0 end
    return reserved
  end)
end
if ARGV[11] == '1' and r[14] then redis.call('DEL', r[14]) end

redis.call('XADD', KEYS[6], '*', 'job_id', id, 'status', ARGV[2], 'tenant', r[2], 'client_id', r[3],
  'request_id', r[4], 'pool', r[5], 'model', r[6], 'worker_id', settler, 'created_ms', created,
  'started_ms', started, 'settled_ms', now, 'outcome', ARGV[4], 'webhook', r[17] or '')

-- Latency histogram: bucket i holds 1.25^i <= ms < 1.25^(i+1).
local bucket = KEYS[7] .. ':' .. (time[1] - time[1] % 10)
local slice = math.floor(math.log(math.max(1, now - created)) / math.log(1.25))
if redis.call('HINCRBY', bucket, ARGV[2], 1) == 1 then redis.call('EXPIRE', bucket, 900) end
redis.call('HINCRBY', bucket, 'latency:' .. slice, 1)
-- Service is the time in a slot, so it counts from the last delivery, and not of a job that waits in the queue again.
local since = tonumber(r[16] or started)
if status == 'running' and since then
  local service = math.max(0, now - since)
  redis.call('HINCRBY', bucket, 'served', 1)
  redis.call('HINCRBY', bucket, 'service_ms', service)
  -- Its square, in (10 ms)² so that sums stay small, for the variance.
  redis.call('HINCRBY', bucket, 'service_cs2', math.floor(service * service / 100 + 0.5))
end

if r[10] and r[10] ~= '' then
  local outcome = #ARGV[3] <= tonumber(ARGV[8]) and ARGV[3] or 'null'
  local message = string.format(
    '{"id":"%s","status":"%s","created_ms":%d,"started_ms":%s,"settled_ms":%d,"worker_id":%s,"outcome":',
    id, ARGV[2], created, started ~= '' and started or 'null', now,
    settler ~= '' and ('"' .. settler .. '"') or 'null') .. outcome .. '}'
  for channel in string.gmatch(r[10], '%S+') do redis.call('PUBLISH', channel, message) end
end
if status == 'running' and worker ~= '' and worker ~= ARGV[6] then
  redis.call('PUBLISH', ARGV[7] .. worker, '{"kind":"abandon","job_id":"' .. id .. '"}')
end
return { 'settled', now, status == 'running' and 1 or 0 }
