-- What is left of a tenant's limits. Nothing is written.
--
-- KEYS 1 tenant's limits       hash
--      2 tenant in flight      sorted set
--      3 tenant queued         sorted set
-- ARGV 1 {rules, leases} as JSON (admission-terms.policy.ts)
-- Returns a line "<rule> <what remains> <ms until all of it is back>" for each rule
--
-- @include ../../../../libs/common/src/limits/rules.lua

local terms = cjson.decode(ARGV[1])
local time = redis.call('TIME')
local now_us = time[1] * 1000000 + time[2]
local lines = {}
for _, lease in ipairs(terms.leases) do
  local leases = KEYS[lease.name == 'concurrent' and 2 or 3]
  local held = redis.call('ZCOUNT', leases, '(' .. math.floor(now_us / 1000), '+inf')
  lines[#lines + 1] = line_of(lease.name, lease.max - held, 0)
end
for index, state in ipairs(look_at(KEYS[1], terms.rules, now_us)) do
  lines[#lines + 1] = line_of(terms.rules[index].name, state.remaining, state.reset)
end
return table.concat(lines, '\n')
