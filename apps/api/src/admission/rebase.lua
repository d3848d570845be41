-- Moves the base from which BullMQ's priorities of a pool are counted, a step at a time. Each job's right place follows
-- from its own tag and the base, so a step may be repeated, and another process may go on where one stopped.
-- Jobs keep their order while it goes on: they move forward, the first ones first.
--
-- KEYS 1 pool's fair clock     hash
--      2 BullMQ's prioritized  sorted set
--      3 pool's finish tags    sorted set
-- ARGV 1 raise: moves the base to the clock
--        shift: puts the next jobs where they belong
--        end: says that all are where they belong
--      2 shift: score after which to go on, or -inf
--      3 shift: how many jobs to look at
--      4 shift: prefix of job records
-- Returns shift: the score after which to go on, or '' when there are no more.
--
-- @include ../../../../libs/common/src/fairness/fair-queue.lua

if ARGV[1] == 'raise' then
  local clock = tonumber(redis.call('HGET', KEYS[1], 'v')) or 0
  redis.call('HSET', KEYS[1], 'base', math.floor(clock), 'rebasing', 1)
  redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', clock)
  return ''
end
if ARGV[1] == 'end' then
  redis.call('HDEL', KEYS[1], 'rebasing')
  return ''
end

local base = tonumber(redis.call('HGET', KEYS[1], 'base')) or 0
local count = tonumber(ARGV[3])
local jobs = redis.call('ZRANGEBYSCORE', KEYS[2], ARGV[2], '+inf', 'WITHSCORES', 'LIMIT', 0, count)
local last = ''
for at = 1, #jobs, 2 do
  local id, score = jobs[at], tonumber(jobs[at + 1])
  local tag = tonumber(redis.call('HGET', ARGV[4] .. id, 'tag'))
  if tag then
    local right = priority_of(tag, base) * 4294967296 + score % 4294967296
    if right ~= score then redis.call('ZADD', KEYS[2], 'XX', string.format('%.17g', right), id) end
  end
  last = string.format('(%.17g', score)
end
return #jobs == 2 * count and last or ''
