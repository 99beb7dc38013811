-- Stores a rule file as the next version unless it is the stored one:
-- KEYS rules; ARGV data. Returns the version in force.
local old = redis.call('HMGET', KEYS[1], 'v', 'd')
if old[1] and old[2] == ARGV[1] then
  return tonumber(old[1])
end
redis.call('HSET', KEYS[1], 'd', ARGV[1])
return redis.call('HINCRBY', KEYS[1], 'v', 1)
