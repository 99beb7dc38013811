-- Reserves the bot's next moment to send, for all processes: KEYS pace; ARGV
-- messages a second at most, by how much a slowed pace climbs each second, how
-- far ahead a moment may be (microseconds). Returns whether it was reserved,
-- and how long until it (microseconds).
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local has = redis.call('HMGET', KEYS[1], 'next', 'rate', 'at')
local most = tonumber(ARGV[1])
local at = math.max(tonumber(has[1] or '0'), now)
if at - now > tonumber(ARGV[3]) then return { 0, at - now } end
local rate = most
if has[2] then
  rate = math.min(most, tonumber(has[2]) + math.max(0, now - tonumber(has[3])) / 1000000 * tonumber(ARGV[2]))
  if rate >= most then redis.call('HDEL', KEYS[1], 'rate', 'at') end
end
redis.call('HSET', KEYS[1], 'next', string.format('%.0f', at + 1000000 / rate))
return { 1, at - now }
