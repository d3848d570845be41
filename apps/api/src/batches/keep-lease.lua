-- Renews the lease of a batch, or gives it back, if it is still this holder's.
--
-- KEYS 1 batch lease           string, the holder
-- ARGV 1 holder
--      2 how long the lease lasts from now, in ms; 0 gives it back
-- Returns 1, or 0 when it is not this holder's

if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == '0' then return redis.call('DEL', KEYS[1]) end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
