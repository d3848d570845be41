-- A stopping worker gives a job back to its queue, unless somebody settled it or another worker has begun it.
--
-- KEYS 1 job record            hash
--      2 tenant queued         sorted set
--      3 pool queued           sorted set
-- ARGV 1 job id
--      2 worker id
--      3 how long a lease outlives the deadline, ms
-- Returns 1 when the job is queued again, 0 when it is not this worker's to give.

local r = redis.call('HMGET', KEYS[1], 'status', 'worker_id', 'deadline_ms')
-- Asked again because the first answer got lost.
if r[1] == 'queued' and r[2] == '' then return 1 end
if r[1] ~= 'running' or r[2] ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'status', 'queued', 'worker_id', '')
redis.call('ZADD', KEYS[2], r[3] + ARGV[3], ARGV[1])
redis.call('ZADD', KEYS[3], r[3] + ARGV[3], ARGV[1])
return 1
