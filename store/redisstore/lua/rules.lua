-- Stores a rule file as the next version unless it is the stored one:
-- KEYS rules; ARGV data, its field among the files there were. Returns the version in force.
local old = redis.call('HMGET', KEYS[1], 'v', 'd')
if old[1] and old[2] == ARGV[1] then
  return tonumber(old[1])
end
local v = redis.call('HINCRBY', KEYS[1], 'v', 1)
redis.call('HSET', KEYS[1], 'd', ARGV[1], ARGV[2], v)
return v
