-- Takes the lease of whoever acts, or makes it longer for who has it. A new holder counts the epoch up in the same step, so that
-- no two have the same.
--
-- KEYS 1 leader   the id of who has it; it ends by itself
--      2 epoch    counts leaders
-- ARGV 1 id of who asks
--      2 lease, ms
-- Returns {held by who asks 1 | 0, epoch}

local holder = redis.call('GET', KEYS[1])
if holder == ARGV[1] then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return { 1, tonumber(redis.call('GET', KEYS[2]) or 0) }
end
if holder then return { 0, 0 } end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return { 1, redis.call('INCR', KEYS[2]) }
