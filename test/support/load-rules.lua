-- One try of one rule by Redis's clock, with its decision written down in the order in which it was made.
--
-- KEYS 1 limits               hash
--      2 decisions            list of "<now in microseconds> <cost> <fits>"
-- ARGV 1 the rule as JSON
--
-- @include ../../libs/common/src/limits/rules.lua

local rule = cjson.decode(ARGV[1])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local states = look_at(KEYS[1], { rule }, now)
local fits = states[1].fits
spend(KEYS[1], { rule }, states, 0)
redis.call('RPUSH', KEYS[2], string.format('%.0f %d %d', now, rule.cost, fits and 1 or 0))
