-- Takes a turn that nobody has, or keeps one's own for longer.
--
-- KEYS 1 the turn   string: who has it, or `done`
-- ARGV 1 who asks
--      2 what it says from now on: who asks, or `done`
--      3 until it ends by itself, ms
-- Returns 1 when it is the asker's, else 0

local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
