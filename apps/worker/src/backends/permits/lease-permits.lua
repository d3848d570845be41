-- Leases calls at backends to a worker, and renews what it has: of each backend never more than the others leave. What a
-- worker needs it gets if it is there; what it would like to hold beyond that only from three quarters of all, half of what is left
-- at a time. While a backend is contended everybody holds only what it needs, and nobody gets more than its even part as long as
-- somebody waits who has less, or has waited longer with as much.
--
-- A lease ends by Redis's clock, which stops for leases while nobody renews: then it was Redis that was away.
--
-- KEYS 1… backends   hash: by worker "<count> <lease ends, ms> <open calls> <waits until, ms> <waits since, ms>";
--                    #heard (last call of this script, ms), #contended (until, ms)
-- ARGV 1 worker
--      2 a lease lasts, ms
--      3 a backend stays contended for, ms
--      4 a worker that was refused counts as waiting for, ms
--      5 nobody renews for so long only when Redis is away, ms
--      6… for each backend: most calls at once, open calls of this worker, what it may open before it hears of this
--         (at least those), what it needs, what it would like to hold (at least that)
-- Returns for each backend: count granted, contended 1 | 0, open calls of the others

local worker, lease, contended_ms, waiting_ms, silence = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local TTL = 600000

local function entry(...) return string.format('%.0f %.0f %.0f %.0f %.0f', ...) end

local function numbers(text)
  local count, ends, open, waits, since = string.match(text, '^(%d+) (%d+) (%d+) (%d+) (%d+)$')
  return tonumber(count or 0), tonumber(ends or 0), tonumber(open or 0), tonumber(waits or 0), tonumber(since or 0)
end

local function read(key)
  local seen = { held = 0, open = 0, workers = 1, waiting = {}, heard = now, contended = 0, since = now, is_there = false }
  local entries = {}
  local flat = redis.call('HGETALL', key)
  for i = 1, #flat, 2 do
    seen.is_there = true
    if flat[i] == '#heard' then seen.heard = tonumber(flat[i + 1])
    elseif flat[i] == '#contended' then seen.contended = tonumber(flat[i + 1])
    elseif flat[i] ~= worker then entries[flat[i]] = flat[i + 1]
    else
      local _, _, _, waits, since = numbers(flat[i + 1])
      if waits > now then seen.since = since end
    end
  end
  local late = now - seen.heard > silence and now - seen.heard or 0
  for other, text in pairs(entries) do
    local count, ends, open, waits, since = numbers(text)
    ends = math.min(ends + late, now + lease)
    if ends <= now then
      redis.call('HDEL', key, other)
    else
      if late > 0 then redis.call('HSET', key, other, entry(count, ends, open, waits, since)) end
      seen.held, seen.open = seen.held + count, seen.open + open
      if waits > now then seen.waiting[#seen.waiting + 1] = { count = count, since = since } end
      if count > 0 or waits > now then seen.workers = seen.workers + 1 end
    end
  end
  return seen
end

local replies = {}
for i, key in ipairs(KEYS) do
  local at = 6 + (i - 1) * 5
  local max, open, floor = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  local need, want = tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
  local seen = read(key)
  local allowed = math.max(0, max - seen.held)

  local granted = math.min(need, allowed)
  if seen.contended <= now then
    local spare = allowed - granted - math.ceil(max / 4)
    if seen.held > 0 then spare = math.floor(spare / 2) end
    granted = granted + math.max(0, math.min(want - need, spare))
  end
  local is_low = allowed - granted < max / 10 and seen.held > seen.open
  if need > 0 and seen.held > 0 and (need > allowed or is_low) then
    seen.contended = now + contended_ms
    redis.call('HSET', key, '#contended', seen.contended)
    granted = math.min(need, allowed)
  end
  local even = math.floor(max / seen.workers)
  for _, other in ipairs(seen.waiting) do
    local is_first = other.count < open or (other.count == open and other.since < seen.since)
    if is_first and other.count < math.max(1, even) then granted = math.min(granted, math.max(open, even)) end
  end

  local kept = math.max(floor, granted)
  local waits = granted < need and now + waiting_ms or 0
  local since = granted > open and now or seen.since
  if kept > 0 or waits > 0 then
    redis.call('HSET', key, worker, entry(kept, now + lease, open, waits, since), '#heard', now)
    redis.call('PEXPIRE', key, TTL)
  elseif seen.is_there then
    redis.call('HDEL', key, worker)
    redis.call('HSET', key, '#heard', now)
    redis.call('PEXPIRE', key, TTL)
  end
  replies[#replies + 1] = { granted, seen.contended > now and 1 or 0, seen.open }
end
return replies
