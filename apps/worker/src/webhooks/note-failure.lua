-- Notes that an endpoint has failed, and answers since when it has only failed.
--
-- KEYS 1 since when (Unix ms)  string
-- ARGV 1 it is forgotten when nothing failed for so long, ms
-- Returns {now, since}, Unix ms

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('SET', KEYS[1], now, 'NX')
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return { now, tonumber(redis.call('GET', KEYS[1])) or now }
