-- Adds outcomes to the open windows of a model's backends, closes those that are over, and answers what is to be judged.
-- A window is open for one slice of Redis's clock; with too few outcomes to say anything it stays open for the next one
-- too. What is closed waits until somebody judges it (judge.lua) and is answered to everyone who comes meanwhile, so that
-- a judge that dies holds up nobody. A backend that does not fill a window for as long as keys live is forgotten.
--
-- KEYS 1 windows   hash: model, and by backend  since:<id> (number of the slice in which its window was opened),
--                  succeeded:<id>, failed:<id>, closed:<id> ("<slice> <succeeded> <failed>"), streak:<id>
--      2 factors   hash, by backend
--      3 models    sorted set of digests, by the last tally (Unix ms)
-- ARGV 1 JSON {model, digest, slice_ms, outcomes_min, ttl_ms, models_max,
--              backends: {<id>: [succeeded, failed]}}; every backend of the model is named, silent ones with zeros
-- Returns JSON {slice_ends_ms, closed: {<id>: {window, succeeded, failed, factor, streak}}}

local call = cjson.decode(ARGV[1])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local slice = math.floor(now / call.slice_ms)

local fields, known = {}, {}
local flat = redis.call('HGETALL', KEYS[1])
for i = 1, #flat, 2 do
  fields[flat[i]] = flat[i + 1]
  local id = string.match(flat[i], '^since:(.*)$')
  if id then known[#known + 1] = id end
end
local function number(name, id) return tonumber(fields[name .. ':' .. id] or 0) end
local function forget(name, id)
  fields[name .. ':' .. id] = nil
  redis.call('HDEL', KEYS[1], name .. ':' .. id)
end
local function note(name, id, value)
  fields[name .. ':' .. id] = value
  redis.call('HSET', KEYS[1], name .. ':' .. id, value)
end

for _, id in ipairs(known) do
  local age = slice - number('since', id)
  local succeeded, failed = number('succeeded', id), number('failed', id)
  if age ~= 0 and succeeded + failed >= call.outcomes_min and not fields['closed:' .. id] then
    note('closed', id, string.format('%.0f %.0f %.0f', slice, succeeded, failed))
    note('since', id, slice)
    forget('succeeded', id)
    forget('failed', id)
  elseif age * call.slice_ms >= call.ttl_ms then
    for _, name in ipairs({ 'since', 'succeeded', 'failed', 'closed', 'streak' }) do forget(name, id) end
    redis.call('HDEL', KEYS[2], id)
  end
end

for id, outcomes in pairs(call.backends) do
  redis.call('HSETNX', KEYS[1], 'since:' .. id, slice)
  redis.call('HSETNX', KEYS[2], id, 1)
  if outcomes[1] > 0 then redis.call('HINCRBY', KEYS[1], 'succeeded:' .. id, outcomes[1]) end
  if outcomes[2] > 0 then redis.call('HINCRBY', KEYS[1], 'failed:' .. id, outcomes[2]) end
end

redis.call('HSET', KEYS[1], 'model', call.model)
redis.call('PEXPIRE', KEYS[1], call.ttl_ms)
redis.call('PEXPIRE', KEYS[2], call.ttl_ms)
redis.call('ZADD', KEYS[3], now, call.digest)
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now - call.ttl_ms)
redis.call('ZREMRANGEBYRANK', KEYS[3], 0, -1 - call.models_max)
redis.call('PEXPIRE', KEYS[3], call.ttl_ms)

local closed = {}
for _, id in ipairs(known) do
  local window = fields['closed:' .. id]
  if window then
    local succeeded, failed = string.match(window, '^%S+ (%S+) (%S+)$')
    closed[id] = { window = window, succeeded = tonumber(succeeded), failed = tonumber(failed),
      factor = tonumber(redis.call('HGET', KEYS[2], id) or 1), streak = number('streak', id) }
  end
end
return cjson.encode({ slice_ends_ms = (slice + 1) * call.slice_ms - now, closed = closed })
