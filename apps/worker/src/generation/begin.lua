-- A worker begins a job. From here on somebody may be working on it; whoever follows its tokens is told.
-- A job that was settled meanwhile (cancelled, swept, or run by a worker that vanished after settling) is not begun.
--
-- KEYS 1 job record            hash
--      2 tenant queued         sorted set
--      3 pool queued           sorted set
--      4 pool's fair clock     hash
-- ARGV 1 job id
--      2 worker id
-- Returns {'begun', now, deadline, deliveries, created, request id, backend calls made before} | {'expired'} | {'closed'}
--
-- @include ../../../../libs/common/src/fairness/fair-queue.lua

local r = redis.call('HMGET', KEYS[1], 'status', 'deadline_ms', 'created_ms', 'request_id', 'deliveries', 'started_ms',
  'tag', 'attempts', 'streamed', 'reply')
if r[1] ~= 'queued' and r[1] ~= 'running' then return { 'closed' } end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if now >= tonumber(r[2]) then return { 'expired' } end

local deliveries = (tonumber(r[5]) or 0) + 1
redis.call('HSET', KEYS[1], 'status', 'running', 'worker_id', ARGV[2], 'deliveries', deliveries,
  'started_ms', r[6] or now, 'delivered_ms', now)
local tag = tonumber(r[7])
-- A job that has begun before was counted; the clock may have begun anew since.
if not r[6] and tag and tag > 0 then advance_clock(KEYS[4], tag) end
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[1])

if r[9] == '1' then
  local message = '{"id":"' .. ARGV[1] .. '","began":true}'
  for channel in string.gmatch(r[10] or '', '%S+') do redis.call('PUBLISH', channel, message) end
end
return { 'begun', now, tonumber(r[2]), deliveries, tonumber(r[3]), r[4], tonumber(r[8]) or 0 }
