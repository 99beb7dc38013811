-- Forgets updates and tombstones older than an instant. ARGV instant (ms),
-- how many at most. Returns how many.
local old = call('ZRANGEBYSCORE', WHEN, '-inf', '(' .. ARGV[1], 'LIMIT', 0, ARGV[2])
for _, key in ipairs(old) do
  call('HDEL', UPDATES, key)
  call('ZREM', WHEN, key)
end
local gones = call('ZRANGEBYSCORE', GONE, '-inf', '(' .. ARGV[1], 'LIMIT', 0, ARGV[2])
for _, o in ipairs(gones) do
  call('HDEL', DESTS, o)
  call('ZREM', CHANGES, o)
  call('ZREM', GONE, o)
end
return math.max(#old, #gones)
