-- Replaces the registry of backends and routes, unless a later one is there, and tells the workers.
--
-- KEYS 1 registry   string: JSON
--      2 revision   string: the revision of KEYS[1]
-- ARGV 1 revision, 2 JSON, 3 the channel that is told

local held = tonumber(redis.call('GET', KEYS[2]) or '')
if held and held >= tonumber(ARGV[1]) and redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
redis.call('SET', KEYS[2], ARGV[1])
redis.call('PUBLISH', ARGV[3], ARGV[1])
return 1
