-- Reads what changed in a shard: KEYS dests, state, changes; ARGV the version it
-- was read up to, 0 for all there is. Returns the version it is read up to now,
-- then ordinals and records. Were the floor read before, what is popped meanwhile
-- would be told to nobody.
local call = redis.call
local state, since = call('HMGET', KEYS[2], 'version', 'floor'), tonumber(ARGV[1])
local out = { state[1] or '0' }
if since == 0 or since < tonumber(state[2] or '0') then
  for _, v in ipairs(call('HGETALL', KEYS[1])) do
    out[#out + 1] = v
  end
  return out
end
for _, o in ipairs(call('ZRANGEBYSCORE', KEYS[3], '(' .. ARGV[1], '+inf')) do
  local record = call('HGET', KEYS[1], o)
  if record then
    out[#out + 1] = o
    out[#out + 1] = record
  end
end
return out
