-- Adds one entry to the stream of a job and publishes it to whoever follows, unless the job is not this worker's any more.
-- An entry that is there already is not added twice: the first answer got lost.
--
-- KEYS 1 job record            hash
--      2 the job's stream      stream
-- ARGV 1 job id
--      2 worker id
--      3 delivery
--      4 run
--      5 seq
--      6 the entry as JSON
--      7 most entries of a stream
--      8 how long a stream outlives its job's deadline, ms
--      9 largest entry to publish, bytes
-- Returns {'appended'} | {'closed'}

local r = redis.call('HMGET', KEYS[1], 'status', 'worker_id', 'deliveries', 'deadline_ms', 'reply')
if r[1] ~= 'running' or r[2] ~= ARGV[2] or r[3] ~= ARGV[3] then return { 'closed' } end

local id = ARGV[4] .. '-' .. ARGV[5]
local added
if ARGV[5] == '1' then
  added = redis.pcall('XADD', KEYS[2], 'MINID', ARGV[4] .. '-0', id, 'fields', ARGV[6])
else
  added = redis.pcall('XADD', KEYS[2], 'MAXLEN', '~', ARGV[7], id, 'fields', ARGV[6])
end
if type(added) == 'table' then
  if string.find(added.err, 'equal or smaller', 1, true) then return { 'appended' } end
  return added
end
if ARGV[5] == '1' then redis.call('PEXPIREAT', KEYS[2], r[4] + ARGV[8]) end

if r[5] and r[5] ~= '' then
  local fields = #ARGV[6] <= tonumber(ARGV[9]) and ARGV[6] or 'null'
  local message = '{"id":"' .. ARGV[1] .. '","entry":"' .. id .. '","fields":' .. fields .. '}'
  for channel in string.gmatch(r[5], '%S+') do redis.call('PUBLISH', channel, message) end
end
return { 'appended' }
