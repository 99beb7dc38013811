-- What every script on the pace begins with: KEYS[1] is the pace. Its time, in
-- microseconds, is the server's, but that it never goes back: after a failover,
-- or when the server's clock is set, all that was written lies ahead, and would
-- keep the bot silent for as long.
local function clock()
  local t = redis.call('TIME')
  local has = redis.call('HMGET', KEYS[1], 'skew', 'seen')
  local skew = tonumber(has[1] or '0')
  local now = t[1] * 1000000 + t[2] + skew
  local back = tonumber(has[2] or '0') - now
  if back <= 1000000 then return now end -- servers agree to a second, mostly
  redis.call('HSET', KEYS[1], 'skew', string.format('%.0f', skew + back))
  return now + back
end
local now = clock()
local function seen() redis.call('HSET', KEYS[1], 'seen', string.format('%.0f', now)) end
