-- Asks to be told of a job's settlement, unless it has already happened: checked and registered in one step, so that no
-- wake-up falls between the two.
--
-- KEYS 1 job record            hash
-- ARGV 1 channel
-- Returns 1 when the channel will be told, 0 when the job is settled or unknown.

local r = redis.call('HMGET', KEYS[1], 'status', 'reply')
if r[1] ~= 'queued' and r[1] ~= 'running' then return 0 end
local reply = r[2] or ''
if not string.find(reply, ARGV[1], 1, true) then
  redis.call('HSET', KEYS[1], 'reply', reply == '' and ARGV[1] or (reply .. ' ' .. ARGV[1]))
end
return 1
