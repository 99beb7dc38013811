-- Keeps all processes from sending to a chat for a while: KEYS pace, the
-- chat's pace; ARGV for how long (microseconds).
seen()
local over = now + ARGV[1]
if over > tonumber(redis.call('HGET', KEYS[2], 'hold') or '0') then
  redis.call('HSET', KEYS[2], 'hold', string.format('%.0f', over))
end
local keep = math.ceil(ARGV[1] / 1000) + 1
if redis.call('PTTL', KEYS[2]) < keep then redis.call('PEXPIRE', KEYS[2], keep) end
return 'OK'
