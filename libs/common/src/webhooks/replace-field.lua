-- Replaces a field of a hash, if it still holds what was read.
--
-- KEYS 1 hash
-- ARGV 1 field, 2 what was read ('' when there was none), 3 what it becomes

if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
