-- Counts a failed authentication of an address, if its rule still allows one.
--
-- KEYS 1 the address's failures   hash
-- ARGV 1 how many a minute
-- Returns 0 when it was counted; else in how many ms the next one may come, and nothing was written
--
-- @include ../../../../libs/common/src/limits/rules.lua

local time = redis.call('TIME')
local rules = { {
  name = 'failed_authentications', strategy = 'token_bucket', cost = 1,
  limit = tonumber(ARGV[1]), window = 60000000, burst = tonumber(ARGV[1]),
} }
local states = look_at(KEYS[1], rules, time[1] * 1000000 + time[2])
if not states[1].fits then return math.ceil(states[1].retry / 1000) end
spend(KEYS[1], rules, states, 0)
return 0
