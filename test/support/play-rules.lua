-- Plays steps on rules.lua one after another, at the times that they name: the state of a whole run, in one round trip.
--
-- KEYS 1 limits               hash, empty
-- ARGV 1 steps as JSON: {at, slack, rules} tries, {pick, used} settles the open spend `pick`, with `used` % of it used
-- Returns for each try a line "<admitted> <ttl in ms>", followed for each rule by
-- "|<fits> <remaining> <reset> <retry> <fits at retry> <fits `slack` before it> <remaining after> <reset after>"
--
-- @include ../../libs/common/src/limits/rules.lua

local open, lines = {}, {}

-- Whether a rule that a try has found shut is open at another time.
local function fits_at(rule, at) return look_at(KEYS[1], { rule }, at)[1].fits and 1 or 0 end

local function settle(step)
  if #open == 0 then return end
  local receipt = table.remove(open, step.pick % #open + 1)
  settle_up(KEYS[1], receipt, function(_, reserved) return math.floor(reserved * step.used / 100) end)
end

local function try(step)
  local states = look_at(KEYS[1], step.rules, step.at)
  local admitted, seen = 1, {}
  for index, state in ipairs(states) do
    local rule = step.rules[index]
    if not state.fits and not rule.shadow then admitted = 0 end
    local later, before = 1, 0
    if not state.fits then
      later = fits_at(rule, step.at + math.ceil(state.retry))
      if state.retry > step.slack then before = fits_at(rule, step.at + math.floor(state.retry - step.slack)) end
    end
    seen[index] = string.format('%d %.17g %.17g %.17g %d %d', state.fits and 1 or 0, state.remaining, state.reset,
      state.retry, later, before)
  end
  if admitted == 1 then
    local receipt = spend(KEYS[1], step.rules, states, 0)
    if receipt ~= '' then open[#open + 1] = receipt end
  end
  local line = admitted .. ' ' .. redis.call('PTTL', KEYS[1])
  for index, state in ipairs(states) do
    line = line .. string.format('|%s %.17g %.17g', seen[index], state.remaining, state.reset)
  end
  lines[#lines + 1] = line
end

for _, step in ipairs(cjson.decode(ARGV[1])) do
  if step.pick then settle(step) else try(step) end
end
return lines
