-- Decides whether a job may enter, all or nothing: a refusal has written nothing. In this order: has this request come
-- before, may the pool take more, may the tenant have more, do its rates and budgets allow it, can it be served in time.
-- Then takes the leases, spends, gives the job its place in the fair queue and writes its record.
--
-- KEYS 1 job record            hash
--      2 unsettled             sorted set
--      3 tenant in flight      sorted set
--      4 tenant queued         sorted set
--      5 pool queued           sorted set
--      6 tenant's jobs         sorted set
--      7 pool counters         prefix of a hash for each 10 s; the bucket is chosen here, by Redis's clock
--      8 tenant's limits       hash
--      9 pool's fair clock     hash
--     10 pool's finish tags    sorted set
--     11 BullMQ's prioritized  sorted set
--     12 adaptive factors      hash, of the job's model
--     13 pool asleep           string, there while the pool has no worker
--     14 idempotency key       string "<job id> <digest of the body>"; absent without one
-- ARGV 1 terms as JSON (admission-terms.policy.ts)
--      2 prefix of job records
--      3 channel that wakes the scaler
--      4 pool
--      5… pairs of field and value for the job record
-- Returns {'admitted', now, priority, position, wait in ms or -1, 1 when a rebase is due, limits, shadowed}
--       | {'refused', rule, when to return in ms, limits, shadowed} | {'overloaded', wait in ms, when to return in ms, limits}
--       | {'replayed', job id, status, pool, priority} | {'reused'} | {'queue_full'}
-- where limits are lines as of line_of, and shadowed names the rules in shadow that would have refused
--
-- @include ../../../../libs/common/src/limits/rules.lua
-- @include ../../../../libs/common/src/fairness/fair-queue.lua

local terms = cjson.decode(ARGV[1])

if terms.idempotency then
  local known = redis.call('GET', KEYS[14])
  if known then
    local id, body = string.match(known, '^(%S+) (%S+)$')
    local r = redis.call('HMGET', ARGV[2] .. id, 'status', 'pool', 'queue_priority')
    -- A record whose retention has passed leaves nothing to answer with: then the request is a new one.
    if r[1] and body ~= terms.idempotency.body then return { 'reused' } end
    if r[1] then
      -- From here on its second caller may be told of it: whoever was refused first takes it back no more.
      if r[1] == 'queued' or r[1] == 'running' then redis.call('HSET', ARGV[2] .. id, 'replayed', '1') end
      return { 'replayed', id, r[1], r[2], r[3] }
    end
  end
end

local time = redis.call('TIME')
local now_us = time[1] * 1000000 + time[2]
local now = math.floor(now_us / 1000)

-- Leases that ended by themselves are only counted out when they would matter.
local function held(leases, limit)
  local count = redis.call('ZCARD', leases)
  if count < limit then return count end
  return redis.call('ZCOUNT', leases, '(' .. now, '+inf')
end

local queued = held(KEYS[5], terms.pool_queued_max)
if queued >= terms.pool_queued_max then return { 'queue_full' } end

local shadowed, lease_room = {}, {}
local refusal = nil
local function refuse(rule, retry_ms)
  if rule.shadow then
    shadowed[#shadowed + 1] = rule.name
  elseif not refusal or retry_ms > refusal.retry_ms then
    refusal = { rule = rule.name, retry_ms = retry_ms }
  end
end

for _, lease in ipairs(terms.leases) do
  local count = held(KEYS[lease.name == 'concurrent' and 3 or 4], lease.max)
  if count >= lease.max then refuse(lease, 0) end
  lease_room[lease.name] = lease.max - count
end

local factor, factors = 1, redis.call('HVALS', KEYS[12])
if #factors > 0 then
  factor = 0
  for _, each in ipairs(factors) do factor = factor + tonumber(each) / #factors end
end
for _, rule in ipairs(terms.rules) do
  -- What fits an unused window fits a reduced one too: else it could never enter.
  local least = rule.strategy == 'token_bucket' and 0 or math.min(rule.limit, rule.cost)
  rule.limit = math.max(least, rule.limit * math.max(rule.floor, factor))
end
local states = look_at(KEYS[8], terms.rules, now_us)
-- What is left of each rule. `taken` is 1 when this job has taken its leases.
local function limits(taken)
  local lines = {}
  for _, lease in ipairs(terms.leases) do lines[#lines + 1] = line_of(lease.name, lease_room[lease.name] - taken, 0) end
  for index, rule in ipairs(terms.rules) do
    lines[#lines + 1] = line_of(rule.name, states[index].remaining, states[index].reset)
  end
  return table.concat(lines, '\n')
end
for index, rule in ipairs(terms.rules) do
  if not states[index].fits then refuse(rule, math.ceil(states[index].retry / 1000)) end
end
if refusal then
  return { 'refused', refusal.rule, refusal.retry_ms, limits(0), table.concat(shadowed, ' ') }
end

local place = find_place(KEYS[9], KEYS[10], KEYS[11], queued, terms.fair)
local wait_ms = -1
if queued == 0 then
  wait_ms = 0
elseif terms.pace then
  wait_ms = math.floor((place.position + 1) * terms.pace.service_ms / terms.pace.slots)
  -- Those with a greater share who come later go before it. How fast the clock goes knows of them.
  if terms.pace.clock_per_ms then
    wait_ms = math.max(wait_ms, math.floor((place.tag - place.clock) / terms.pace.clock_per_ms))
  end
end
-- While none waits for a slot, slots are free: what is queued then waits for a backend.
if wait_ms > terms.patience_ms and redis.call('EXISTS', KEYS[11]) == 1 then
  return { 'overloaded', wait_ms, wait_ms - terms.patience_ms, limits(0) }
end

-- From here on the job is accepted, and everything is written.
local receipt = spend(KEYS[8], terms.rules, states, terms.limits_ttl_ms)
take_place(KEYS[9], KEYS[10], queued, terms.fair, place, now)

local id = terms.id
local deadline = now + terms.deadline_ms
local lease_end = deadline + terms.lease_grace_ms
redis.call('ZADD', KEYS[3], lease_end, id)
redis.call('ZADD', KEYS[4], lease_end, id)
redis.call('ZADD', KEYS[5], lease_end, id)
redis.call('ZADD', KEYS[2], math.min(now + terms.first_sweep_ms, deadline), id)
redis.call('ZADD', KEYS[6], now, id)
if redis.call('PTTL', KEYS[6]) < terms.list_ms then redis.call('PEXPIRE', KEYS[6], terms.list_ms + 3600000) end
redis.call('HSET', KEYS[1], 'status', 'queued', 'created_ms', now, 'deadline_ms', deadline, 'receipt', receipt,
  'tag', string.format('%.17g', place.tag), 'stride', place.stride, 'pool', ARGV[4], unpack(ARGV, 5))
if terms.idempotency then
  redis.call('SET', KEYS[14], id .. ' ' .. terms.idempotency.body, 'PX', terms.idempotency.ttl_ms)
  redis.call('HSET', KEYS[1], 'queue_priority', place.priority, 'idempotency', KEYS[14])
end

if queued == 0 and redis.call('EXISTS', KEYS[13]) == 1 then redis.call('PUBLISH', ARGV[3], ARGV[4]) end

-- By the second within its 10 s: scaling goes by the rate of the last few.
local second = time[1] % 10
local bucket = KEYS[7] .. ':' .. (time[1] - second)
if redis.call('HINCRBY', bucket, 'accepted:' .. second, 1) == 1 then
  redis.call('EXPIRE', bucket, 900)
  if redis.call('HLEN', bucket) == 1 then
    -- Once in a while is enough for what only takes room.
    redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now)
    redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', now)
    redis.call('ZREMRANGEBYSCORE', KEYS[5], '-inf', now)
    redis.call('ZREMRANGEBYSCORE', KEYS[10], '-inf', place.clock)
  end
end
if now % 16 == 0 then redis.call('ZREMRANGEBYSCORE', KEYS[6], '-inf', now - terms.list_ms) end
return { 'admitted', now, place.priority, place.position, wait_ms, place.is_rebase_due and 1 or 0, limits(1),
  table.concat(shadowed, ' ') }
