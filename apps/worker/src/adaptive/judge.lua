-- Writes what became of a model's closed windows, each only if it still waits to be judged: of several judges the first
-- one counts, and a late one overwrites nothing.
--
-- KEYS 1 windows   hash (tally.lua)
--      2 factors   hash, by backend
-- ARGV 1 factors live for, ms
--      2… for each backend: id, the closed window as tally.lua told it, factor, streak
-- Returns the ids of the backends whose windows this judge was the first to judge

local judged = {}
for i = 2, #ARGV, 4 do
  local id, window, factor, streak = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  if redis.call('HGET', KEYS[1], 'closed:' .. id) == window then
    redis.call('HDEL', KEYS[1], 'closed:' .. id)
    redis.call('HSET', KEYS[1], 'streak:' .. id, streak)
    redis.call('HSET', KEYS[2], id, factor)
    judged[#judged + 1] = id
  end
end
if #judged > 0 then redis.call('PEXPIRE', KEYS[2], ARGV[1]) end
return judged
