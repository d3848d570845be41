-- A worker gives a job back to its queue, because it stops or because no backend can take the job now, unless somebody
-- settled it or another worker has begun it. Of a postponed job the attempts made are remembered, and its delivery does
-- not count: it says of a job how often a worker vanished or stopped.
--
-- KEYS 1 job record            hash
--      2 tenant queued         sorted set
--      3 pool queued           sorted set
-- ARGV 1 job id
--      2 worker id
--      3 how long a lease outlives the deadline, ms
--      4 of a postponed job, the backend calls made so far; else empty
-- Returns 1 when the job is queued again, 0 when it is not this worker's to give.

local r = redis.call('HMGET', KEYS[1], 'status', 'worker_id', 'deadline_ms')
-- Asked again because the first answer got lost.
if r[1] == 'queued' and r[2] == '' then return 1 end
if r[1] ~= 'running' or r[2] ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'status', 'queued', 'worker_id', '')
if ARGV[4] ~= '' then
  redis.call('HSET', KEYS[1], 'attempts', ARGV[4])
  redis.call('HINCRBY', KEYS[1], 'deliveries', -1)
end
redis.call('ZADD', KEYS[2], r[3] + ARGV[3], ARGV[1])
redis.call('ZADD', KEYS[3], r[3] + ARGV[3], ARGV[1])
return 1
