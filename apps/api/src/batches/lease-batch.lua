-- Takes the lease of a batch when nobody has it, and counts who has had it.
--
-- KEYS 1 batch lease           string, the holder
--      2 batch epoch           string, a count
-- ARGV 1 holder
--      2 how long the lease lasts, in ms
--      3 how long the count is kept, in ms
-- Returns the epoch, or 0 when somebody else has the lease

if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 0 end
local epoch = redis.call('INCR', KEYS[2])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return epoch
