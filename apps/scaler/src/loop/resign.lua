-- Ends a lease, if it is still its holder's.
--
-- KEYS 1 leader   the id of who has it
-- ARGV 1 id of who had it
-- Returns 1 | 0

if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
