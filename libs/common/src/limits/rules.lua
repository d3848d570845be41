-- What a tenant's rules have counted, all in one hash. Included by the scripts that look, spend and give back.
-- Times are microseconds of Redis's clock. A rule is {name, strategy, cost, limit, window, burst}; by strategy:
--
-- token_bucket    GCRA (ATM Forum Traffic Management 4.0, section 4.4.2): `limit` a window flow back into a bucket of `burst`.
--                 Field <name>:tat is the theoretical arrival time: when the bucket will be full again.
-- fixed_window    `limit` a window; windows begin at multiples of their length since 1970.
--                 Field <name>:window holds "<number of the window> <used>".
-- sliding_window  `limit` within any window, counted in 60 slices: what is in a slice leaves with the whole slice, so a
--                 little late and never early. Fields <name>:0 to <name>:60 are a ring of "<number of the slice> <used>".

local SLICES = 60
-- Rounding of sums of doubles near 2^51, in microseconds.
local ROUNDING = 0.5

local strategies = {}

local function pair(text)
  local first, second = string.match(text or '', '^(%d+) ([%d.e+]+)$')
  return tonumber(first), tonumber(second)
end

-- `unit` is the window or the slice in which it was spent: what is given back later is given back to nobody.
local function counted_back(value, amount, unit)
  local number, used = pair(value)
  if number == unit then return string.format('%d %.17g', number, math.max(0, used - amount)), 0 end
end

strategies.token_bucket = {
  fields = function(rule) return { rule.name .. ':tat' } end,
  look = function(rule, values, now)
    local interval = rule.window / rule.limit
    local size = rule.burst * interval
    local tat = math.max(tonumber(values[1]) or 0, now)
    local filled, cost = tat - now, rule.cost * interval
    return {
      fits = filled + cost <= size + ROUNDING,
      remaining = math.max(0, (size - filled + ROUNDING) / interval),
      reset = filled,
      retry = filled + cost - size,
      spend = function()
        return { rule.name .. ':tat', string.format('%.17g', tat + cost) }, filled + cost, interval
      end,
    }
  end,
  spent_in = function(name) return name .. ':tat' end,
  -- `unit` is the interval at which it was spent. When more was used than reserved, the bucket is full again that much later.
  given_back = function(value, amount, unit)
    local tat = tonumber(value)
    if tat then return string.format('%.17g', tat - amount * unit), math.max(0, -amount * unit) end
  end,
}

strategies.fixed_window = {
  fields = function(rule) return { rule.name .. ':window' } end,
  look = function(rule, values, now)
    local current = math.floor(now / rule.window)
    local number, used = pair(values[1])
    if number ~= current then used = 0 end
    local left = (current + 1) * rule.window - now
    return {
      fits = used + rule.cost <= rule.limit,
      remaining = math.max(0, rule.limit - used),
      reset = used > 0 and left or 0,
      retry = left,
      spend = function()
        return { rule.name .. ':window', string.format('%d %.17g', current, used + rule.cost) }, left, current
      end,
    }
  end,
  spent_in = function(name) return name .. ':window' end,
  given_back = counted_back,
}

strategies.sliding_window = {
  fields = function(rule)
    local names = {}
    for slot = 0, SLICES do names[slot + 1] = rule.name .. ':' .. slot end
    return names
  end,
  look = function(rule, values, now)
    local length = rule.window / SLICES
    local current = math.floor(now / length)
    local counted, used, newest = {}, 0, nil
    for slot = 0, SLICES do
      local number, amount = pair(values[slot + 1])
      if number and number >= current - SLICES and amount > 0 then
        counted[number] = amount
        used = used + amount
        newest = math.max(newest or 0, number)
      end
    end
    -- The slice n leaves when the slice n + 61 begins.
    local function leaves(number) return (number + SLICES + 1) * length - now end
    local retry, over = 0, used + rule.cost - rule.limit
    for number = current - SLICES, current do
      if over > 0 and counted[number] then
        over = over - counted[number]
        retry = leaves(number)
      end
    end
    local own = counted[current] or 0
    return {
      fits = used + rule.cost <= rule.limit,
      remaining = math.max(0, rule.limit - used),
      reset = newest and leaves(newest) or 0,
      retry = retry,
      spend = function()
        local slot = current % (SLICES + 1)
        return { rule.name .. ':' .. slot, string.format('%d %.17g', current, own + rule.cost) },
          leaves(current), current
      end,
    }
  end,
  spent_in = function(name, unit) return name .. ':' .. unit % (SLICES + 1) end,
  given_back = counted_back,
}

-- The state of each rule, in their order: one read, nothing written.
local function look_at(key, rules, now)
  local names, from = {}, {}
  for index, rule in ipairs(rules) do
    from[index] = #names + 1
    for _, name in ipairs(strategies[rule.strategy].fields(rule)) do names[#names + 1] = name end
  end
  if #names == 0 then return {} end
  local values, states = redis.call('HMGET', key, unpack(names)), {}
  for index, rule in ipairs(rules) do
    local own = {}
    for at = from[index], (from[index + 1] or #names + 1) - 1 do own[#own + 1] = values[at] end
    states[index] = strategies[rule.strategy].look(rule, own, now)
  end
  return states
end

-- Spends what fits and brings the states up to date. Answers what to remember for giving back: a line
-- "<name> <strategy> <cost> <unit>" for each rule. What the rules have counted is kept until all of it is back, also
-- that of a rule in which nothing is spent this time.
local function spend(key, rules, states, ttl_min)
  local fields, receipt, ttl = {}, {}, ttl_min
  for index, rule in ipairs(rules) do
    local state = states[index]
    if state.fits and rule.cost > 0 then
      local written, lasts, unit = state.spend()
      state.remaining, state.reset = math.max(0, state.remaining - rule.cost), lasts
      fields[#fields + 1], fields[#fields + 2] = written[1], written[2]
      receipt[#receipt + 1] = string.format('%s %s %.17g %.17g', rule.name, rule.strategy, rule.cost, unit)
    end
    ttl = math.max(ttl, state.reset / 1000)
  end
  if #fields == 0 then return '' end
  redis.call('HSET', key, unpack(fields))
  -- A minute longer than needed, so that most requests need not say it again.
  local needed = math.ceil(ttl) + 1000
  if redis.call('PTTL', key) < needed then redis.call('PEXPIRE', key, needed + 60000) end
  return table.concat(receipt, '\n')
end

-- What is told of a rule: what remains, and in how many milliseconds all of it is back.
local function line_of(name, remaining, reset)
  return string.format('%s %.0f %.0f', name, math.max(0, math.floor(remaining)), math.ceil(reset / 1000))
end

-- Gives back the difference between what was reserved and what `actual(name, reserved)` says was used: one read and
-- one write, whatever the number of rules.
local function settle_up(key, receipt, actual)
  local fields, gifts = {}, {}
  for name, strategy, reserved, unit in string.gmatch(receipt, '(%S+) (%S+) (%S+) (%S+)') do
    local amount = tonumber(reserved) - actual(name, tonumber(reserved))
    if amount ~= 0 then
      local gift = { strategy = strategies[strategy], amount = amount, unit = tonumber(unit) }
      gifts[#gifts + 1] = gift
      fields[#gifts] = gift.strategy.spent_in(name, gift.unit)
    end
  end
  if #gifts == 0 then return end
  local values, changes, longer = redis.call('HMGET', key, unpack(fields)), {}, 0
  for index, gift in ipairs(gifts) do
    local value, more = gift.strategy.given_back(values[index], gift.amount, gift.unit)
    if value then
      changes[#changes + 1], changes[#changes + 2] = fields[index], value
      longer = math.max(longer, more)
    end
  end
  if #changes == 0 then return end
  redis.call('HSET', key, unpack(changes))
  if longer > 0 then redis.call('PEXPIRE', key, redis.call('PTTL', key) + math.ceil(longer / 1000)) end
end
