-- Runs commands in one step, if nobody has become leader after the one that asks.
--
-- KEYS 1 epoch   of the last leader there was
--      2…        the key of each command
-- ARGV 1 epoch of who asks
--      2 JSON: of each command its name and what follows its key, as texts
-- Returns 1 done | 0 refused

if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
for i, command in ipairs(cjson.decode(ARGV[2])) do
  redis.call(command[1], KEYS[i + 1], unpack(command, 2))
end
return 1
