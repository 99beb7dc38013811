-- Keeps all processes from sending for a while: KEYS pace; ARGV for how long
-- (microseconds), the pace in force at most (messages a second) or 0, by how
-- much it climbs each second. Unless that is 0 the pace is halved, once.
local has = redis.call('HMGET', KEYS[1], 'next', 'rate', 'at', 'over', 'paid', 'halt')
seen()
local over = now + tonumber(ARGV[1])
for field, at in pairs({ next = has[1], paid = has[5], halt = has[6] }) do
  if over > tonumber(at or '0') then redis.call('HSET', KEYS[1], field, string.format('%.0f', over)) end
end
local most = tonumber(ARGV[2])
if most == 0 or now < tonumber(has[4] or '0') then return 'OK' end
local rate = most
if has[2] then
  rate = math.min(most, tonumber(has[2]) + math.max(0, now - tonumber(has[3])) / 1000000 * tonumber(ARGV[3]))
end
redis.call('HSET', KEYS[1], 'rate', string.format('%.6f', math.max(1, rate / 2)),
  'at', string.format('%.0f', over), 'over', string.format('%.0f', over))
return 'OK'
