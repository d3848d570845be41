-- Trims a stream behind all of its consumer groups, and forgets consumers of the named groups that hold nothing and are silent.
-- An entry stays while any group has not read it or has not acknowledged it, and for a while in any case; while one of the
-- named groups is missing, every entry stays.
--
-- KEYS 1 the stream
-- ARGV 1 silent consumers are forgotten after, ms
--      2 every entry stays for, ms
--      3… consumer groups that must exist
-- Returns {entries trimmed, for each named group the entries that it has not acknowledged, or -1 when unknown}

local GROUPS_FROM = 3

local answer = { 0 }
for i = GROUPS_FROM, #ARGV do answer[i - 1] = -1 end
if redis.call('EXISTS', KEYS[1]) == 0 then return answer end

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

local groups = {}
for _, flat in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local group = fields(flat)
  groups[group['name']] = group
  if group['pending'] > 0 then
    keep_from(parts(redis.call('XPENDING', KEYS[1], group['name'])[2]))
  else
    local ms, sequence = parts(group['last-delivered-id'])
    keep_from(ms, sequence + 1)
  end
end

-- Over a crash Redis forgets how many entries a group has read, and then counts too many, until a group that has read all is
-- told so: the length alone is no close bound, because entries stay that nobody is owed.
local stream = fields(redis.call('XINFO', 'STREAM', KEYS[1]))
local length, last_id, added = stream['length'], stream['last-generated-id'], stream['entries-added']
local function owed_to(group)
  if group['last-delivered-id'] == last_id then
    if added and group['entries-read'] ~= added then
      redis.call('XGROUP', 'SETID', KEYS[1], group['name'], last_id, 'ENTRIESREAD', added)
    end
    return group['pending']
  end
  return group['lag'] and math.min(group['lag'] + group['pending'], length) or -1
end

local is_complete = #ARGV >= GROUPS_FROM
for i = GROUPS_FROM, #ARGV do
  local group = groups[ARGV[i]]
  if not group then
    is_complete = false
  else
    answer[i - 1] = owed_to(group)
    -- Only what holds nothing: DELCONSUMER would drop what is pending, and nobody could claim it.
    for _, flat in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[i])) do
      local consumer = fields(flat)
      if consumer['pending'] == 0 and consumer['idle'] > tonumber(ARGV[1]) then
        redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[i], consumer['name'])
      end
    end
  end
end

local time = redis.call('TIME')
local now_ms = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
-- By a clock that has gone back no age is known: then nothing stays for its age.
if parts(last_id) <= now_ms then keep_from(now_ms - tonumber(ARGV[2]) + 1, 0) end

if is_complete then
  answer[1] = redis.call('XTRIM', KEYS[1], 'MINID', string.format('%.0f-%.0f', keep_ms, keep_sequence))
end
return answer
