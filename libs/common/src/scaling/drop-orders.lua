-- Takes away orders that are still as they were read: one that was put anew meanwhile stays.
--
-- KEYS 1 the pool's orders     hash
-- ARGV pairs of id and order as it was read
-- Returns how many were taken away

local dropped = 0
for at = 1, #ARGV, 2 do
  if redis.call('HGET', KEYS[1], ARGV[at]) == ARGV[at + 1] then
    dropped = dropped + redis.call('HDEL', KEYS[1], ARGV[at])
  end
end
return dropped
