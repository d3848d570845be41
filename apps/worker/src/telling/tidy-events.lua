-- Trims the event stream behind every consumer group, and forgets consumers of one group that hold nothing and are silent.
-- An entry stays while any group has not read it or has not acknowledged it; without a group every entry stays.
--
-- KEYS 1 events           stream
-- ARGV 1 consumer group
--      2 its silent consumers are forgotten after, ms
-- Returns {entries trimmed, entries that group has not acknowledged, or -1 when unknown}

if redis.call('EXISTS', KEYS[1]) == 0 then return { 0, -1 } end

local function fields(flat)
  local named = {}
  for i = 1, #flat, 2 do named[flat[i]] = flat[i + 1] end
  return named
end

local function parts(id)
  local ms, sequence = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(sequence)
end

local keep_ms, keep_sequence
local function keep_from(ms, sequence)
  if not keep_ms or ms < keep_ms or (ms == keep_ms and sequence < keep_sequence) then
    keep_ms, keep_sequence = ms, sequence
  end
end

local owed = -1
for _, flat in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local group = fields(flat)
  if group['pending'] > 0 then
    keep_from(parts(redis.call('XPENDING', KEYS[1], group['name'])[2]))
  else
    local ms, sequence = parts(group['last-delivered-id'])
    keep_from(ms, sequence + 1)
  end
  if group['name'] == ARGV[1] and group['lag'] then owed = group['lag'] + group['pending'] end
end
if not keep_ms then return { 0, -1 } end

-- Only what holds nothing: DELCONSUMER would drop what is pending, and nobody could claim it.
for _, group in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  if fields(group)['name'] == ARGV[1] then
    for _, flat in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
      local consumer = fields(flat)
      if consumer['pending'] == 0 and consumer['idle'] > tonumber(ARGV[2]) then
        redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], consumer['name'])
      end
    end
  end
end

return { redis.call('XTRIM', KEYS[1], 'MINID', string.format('%.0f-%.0f', keep_ms, keep_sequence)), owed }
