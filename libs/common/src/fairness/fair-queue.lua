-- Start-time fair queueing (Goyal, Vin, Cheng: "Start-time Fair Queuing", SIGCOMM 1996) over BullMQ's priorities.
-- A flow is a tenant's work of one priority. Tags count jobs at share 1 and only grow while the pool is busy; BullMQ's
-- priority of a job is how far its start tag is from the base, in eighths.
--
-- A tenant's higher priorities overtake its lower ones and pay for it: what a flow takes is also put on the account of
-- the tenant's lower flows, so that several priorities together get no more than one.

local STEPS = 8
local PRIORITY_MAX = 2097151
-- Half of what BullMQ can count: moved long before the end.
local REBASE_AT = 1048576
local FLOWS = { high = { ':high', '', ':low' }, normal = { '', ':low' }, low = { ':low' } }

local function priority_of(tag, base)
  return math.max(1, math.min(PRIORITY_MAX, math.floor((tag - base) * STEPS) + 1))
end

-- Where a job would stand: start tag, priority, and how many stand before it. Nothing is written.
local function find_place(clock_key, finish_key, prioritized_key, queued, fair)
  local stride = fair.cost / fair.share
  -- The clock begins anew with an empty pool.
  if queued == 0 then return { tag = 0, clock = 0, base = 0, stride = stride, priority = 1, position = 0 } end
  local c = redis.call('HMGET', clock_key, 'v', 'base', 'rebasing')
  local clock, base = tonumber(c[1]) or 0, tonumber(c[2]) or 0
  local finish = redis.call('ZSCORE', finish_key, fair.tenant .. FLOWS[fair.priority][1])
  local tag = math.max(clock, tonumber(finish) or 0)
  local priority = priority_of(tag, base)
  return {
    tag = tag,
    clock = clock,
    base = base,
    stride = stride,
    priority = priority,
    position = redis.call('ZCOUNT', prioritized_key, '-inf', priority * 4294967296 + 4294967295),
    is_rebase_due = (c[3] or (clock - base) * STEPS > REBASE_AT) and true or nil,
  }
end

-- `now` is noted when the clock begins anew: what was read of the clock before says nothing after.
local function take_place(clock_key, finish_key, queued, fair, place, now)
  local flows, changes = FLOWS[fair.priority], {}
  local finishes = {}
  if queued == 0 then
    redis.call('DEL', clock_key, finish_key)
    redis.call('HSET', clock_key, 'since', now)
  else
    local members = {}
    for index, flow in ipairs(flows) do members[index] = fair.tenant .. flow end
    finishes = redis.call('ZMSCORE', finish_key, unpack(members))
  end
  for index, flow in ipairs(flows) do
    local from = math.max(place.clock, tonumber(finishes[index]) or 0)
    changes[#changes + 1] = string.format('%.17g', from + place.stride)
    changes[#changes + 1] = fair.tenant .. flow
  end
  redis.call('ZADD', finish_key, unpack(changes))
end

-- A job that never started leaves its flow: what comes after it does not wait for it.
local function leave_place(finish_key, tenant, priority, stride)
  for _, flow in ipairs(FLOWS[priority]) do
    local finish = redis.call('ZSCORE', finish_key, tenant .. flow)
    if finish then redis.call('ZADD', finish_key, string.format('%.17g', finish - stride), tenant .. flow) end
  end
end

-- The clock shows the start tag of the job that was taken last.
local function advance_clock(clock_key, tag)
  local clock = tonumber(redis.call('HGET', clock_key, 'v')) or 0
  if tag > clock then redis.call('HSET', clock_key, 'v', string.format('%.17g', tag)) end
end
