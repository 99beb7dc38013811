-- Keeps all processes from sending to a chat for a while: KEYS the chat's pace;
-- ARGV for how long (microseconds).
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local over = now + ARGV[1]
if over > tonumber(redis.call('HGET', KEYS[1], 'hold') or '0') then
  redis.call('HSET', KEYS[1], 'hold', string.format('%.0f', over))
end
local keep = math.ceil(ARGV[1] / 1000) + 1
if redis.call('PTTL', KEYS[1]) < keep then redis.call('PEXPIRE', KEYS[1], keep) end
return 'OK'
