-- Decides whether a job may enter, all or nothing: a refusal has written nothing.
-- Order: pool's queue, tenant's concurrency, tenant's queue. Every lease carries the time it ends by itself.
--
-- KEYS 1 job record            hash
--      2 unsettled             sorted set
--      3 tenant in flight      sorted set
--      4 tenant queued         sorted set
--      5 pool queued           sorted set
--      6 tenant's jobs         sorted set
--      7 pool counters         prefix of a hash for each 10 s; the bucket is chosen here, by Redis's clock
-- ARGV 1 job id
--      2 deadline, ms from now
--      3 how long a lease outlives the deadline, ms
--      4 when the sweeper looks first, ms from now
--      5 how long a job stays in the tenant's list, ms
--      6 most queued in the pool
--      7 most in flight of the tenant
--      8 most queued of the tenant
--      9 priority (1 is first)
--     10… pairs of field and value for the job record
-- Returns {'admitted', now, priority} | {'refused', rule}

local id = ARGV[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- Leases that ended by themselves are only counted out when they would matter.
local function is_full(leases, limit)
  if redis.call('ZCARD', leases) < limit then return false end
  return redis.call('ZCOUNT', leases, '(' .. now, '+inf') >= limit
end

if is_full(KEYS[5], tonumber(ARGV[6])) then return { 'refused', 'pool_queued' } end
if is_full(KEYS[3], tonumber(ARGV[7])) then return { 'refused', 'tenant_in_flight' } end
if is_full(KEYS[4], tonumber(ARGV[8])) then return { 'refused', 'tenant_queued' } end

local deadline = now + ARGV[2]
local lease_end = deadline + ARGV[3]
redis.call('ZADD', KEYS[3], lease_end, id)
redis.call('ZADD', KEYS[4], lease_end, id)
redis.call('ZADD', KEYS[5], lease_end, id)
redis.call('ZADD', KEYS[2], math.min(now + ARGV[4], deadline), id)
redis.call('ZADD', KEYS[6], now, id)
redis.call('PEXPIRE', KEYS[6], ARGV[5])

redis.call('HSET', KEYS[1], 'status', 'queued', 'created_ms', now, 'deadline_ms', deadline, unpack(ARGV, 10))

local bucket = KEYS[7] .. ':' .. (time[1] - time[1] % 10)
if redis.call('HINCRBY', bucket, 'accepted', 1) == 1 then
  redis.call('EXPIRE', bucket, 900)
  -- Once in a while is enough for what only takes room.
  redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now)
  redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', now)
  redis.call('ZREMRANGEBYSCORE', KEYS[5], '-inf', now)
end
if now % 16 == 0 then redis.call('ZREMRANGEBYSCORE', KEYS[6], '-inf', now - ARGV[5]) end
return { 'admitted', now, tonumber(ARGV[9]) }
