-- Keeps an order of a pool's scaler, in the place of one with the same id, and wakes the scaler.
--
-- KEYS 1 the pool's orders     hash
-- ARGV 1 id
--      2 order as JSON
--      3 when it ends, Unix ms
--      4 how many there may be
--      5 channel of wake-ups
--      6 pool
-- Returns 1, or 0 when there are as many as there may be

if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[4]) then return 0 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
-- The hash lives as long as the order that ends last.
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) - now then redis.call('PEXPIREAT', KEYS[1], ARGV[3]) end
redis.call('PUBLISH', ARGV[5], ARGV[6])
return 1
