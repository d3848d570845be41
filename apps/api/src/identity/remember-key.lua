-- Keeps what PostgreSQL said of a key, unless some key has changed since it was asked.
--
-- KEYS 1 version of the keys   string
--      2 what is known         string
-- ARGV 1 version before PostgreSQL was asked, 2 JSON, 3 how long it is kept in ms

if (redis.call('GET', KEYS[1]) or '0') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
return 1
