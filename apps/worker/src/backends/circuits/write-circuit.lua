-- Writes a circuit, or removes it, if nobody has changed it since it was read; and tells all workers. Where there are too
-- many, one of ten random ones makes room, a closed one if there is any among them.
--
-- KEYS 1 circuits   hash, JSON by field
-- ARGV 1 field
--      2 version that the writer has seen, 0 for none
--      3 the circuit, JSON
--      4 1: keep it, 0: remove it
--      5 circuits at most
--      6 channel
-- Returns {written 1 | 0, the circuit that is there instead or '', Unix ms}

local function read(field)
  local text = redis.call('HGET', KEYS[1], field)
  local ok, circuit = pcall(cjson.decode, text or '')
  if ok and type(circuit) == 'table' and type(circuit.state) == 'table' then return circuit, text end
  return nil, ''
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local circuit, text = read(ARGV[1])
if (circuit and circuit.version or 0) ~= tonumber(ARGV[2]) then return { 0, text, now } end

if ARGV[4] == '0' then
  redis.call('HDEL', KEYS[1], ARGV[1])
else
  if not circuit and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[5]) then
    local victims = redis.call('HRANDFIELD', KEYS[1], 10)
    local victim = victims[1]
    for _, field in ipairs(victims) do
      local other = read(field)
      if not other or other.state.kind == 'closed' then victim = field end
    end
    redis.call('HDEL', KEYS[1], victim)
  end
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
end
redis.call('PUBLISH', ARGV[6], ARGV[3])
return { 1, '', now }
