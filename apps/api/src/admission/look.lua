-- What is left of a tenant's limits. Nothing is written.
--
-- KEYS 1 tenant's limits       hash
--      2 tenant in flight      sorted set
--      3 tenant queued         sorted set
-- ARGV 1 {rules, leases} as JSON (admission-terms.policy.ts)
-- Returns JSON: by rule {what remains, when all of it is back in ms}
--
-- @include ../../../../libs/common/src/limits/rules.lua

local terms = cjson.decode(ARGV[1])
local time = redis.call('TIME')
local now_us = time[1] * 1000000 + time[2]
local limits = {}
for _, lease in ipairs(terms.leases) do
  local leases = KEYS[lease.name == 'concurrent' and 2 or 3]
  local held = redis.call('ZCOUNT', leases, '(' .. math.floor(now_us / 1000), '+inf')
  limits[lease.name] = { math.max(0, lease.max - held), 0 }
end
for index, state in ipairs(look_at(KEYS[1], terms.rules, now_us)) do
  limits[terms.rules[index].name] = { math.floor(state.remaining), math.ceil(state.reset / 1000) }
end
return cjson.encode(limits)
